-- One claim, atomic: the table of docs/delivery.md, row by row, over one article. near.lua, anchors.lua and
-- stories.lua stand before it (worker/dedupe/scripts.py).
-- KEYS[1]  prefix of the namespace, `winnow:{name}:`; the hash tag keeps every key of it on one node
-- ARGV[1]  the identity as JSON: owner, id, url, hash, seen, origin, replaces, and the keys to point at it
-- ARGV[2]  time to live in milliseconds
-- ARGV[3]  near-duplicate signature; empty: exact comparison only
-- ARGV[4]  `drop`: an article that is part of another one is a duplicate of it; else it is labelled
-- ARGV[5]  terms for the article's story; empty: no story
-- ARGV[6]  time to live of a story since its last article, in milliseconds
-- Answers JSON: {verdict, version, kind, similarity, other: {id, version, origin}, relation: [kind, id], story}
--
-- prefix .. 'a:' .. owner   hash: what this owner claimed, and the answer it got
-- prefix .. 'i:'|'u:'|'c:'  string: the owner that holds an id, a canonical URL, a content hash

local prefix, ttl = KEYS[1], ARGV[2]
local new = cjson.decode(ARGV[1])
local signature = read_signature(ARGV[3])

local function article(owner)
  local flat = redis.call('HGETALL', prefix .. 'a:' .. owner)
  if #flat == 0 then return nil end
  local found = {owner = owner}
  for i = 1, #flat, 2 do found[flat[i]] = flat[i + 1] end
  found.version = tonumber(found.version)
  return found
end

local function holder(key)
  local owner = key and redis.call('GET', key)
  return owner and article(owner) or nil
end

local function answer(verdict, version, kind, other, similarity, relation, story)
  local told = {verdict = verdict, version = version, kind = kind, similarity = similarity or 1}
  if other then told.other = {id = other.id, version = tonumber(other.version), origin = other.origin} end
  if relation and relation ~= '' then told.relation = cjson.decode(relation) end
  if story and story ~= '' then told.story = story end
  return cjson.encode(told)
end

-- Points `key` at the new owner and remembers that it did, for release.lua.
local function point(key, keys)
  redis.call('SET', key, new.owner, 'PX', ttl)
  if not string.find(keys, key, 1, true) then keys = keys .. ' ' .. key end
  return keys
end

local function same_identity(other)
  return other.id == new.id or (new.url_key and other.url == new.url_key)
end

-- The claimed article that this one is most like, or overlaps most with; never a version of itself.
local function most_alike()
  local near, near_facts, part, part_facts, part_kind
  for _, owner in ipairs(signature and candidates(prefix, signature) or {}) do
    local other = article(owner)
    local theirs = other and not same_identity(other) and read_signature(other.signature)
    if theirs then
      local kind, facts = judge(signature, theirs)
      if kind == 'near' and (not near or facts.likeness > near_facts.likeness) then
        near, near_facts = other, facts
      elseif kind ~= '' and kind ~= 'near' and (not part or facts.part > part_facts.part) then
        part, part_facts, part_kind = other, facts, kind
      end
    end
  end
  return near, near_facts, part, part_facts, part_kind
end

local id_key = prefix .. 'i:' .. new.id_key
local url_key = new.url_key and prefix .. 'u:' .. new.url_key
local content_key = prefix .. 'c:' .. new.hash

redis.call('INCR', prefix .. 'claims')

-- A replay takes over what the dead letter that it replays had claimed.
if new.replaces and redis.call('EXISTS', prefix .. 'a:' .. new.owner) == 0 then
  local dead = article(new.replaces)
  if dead then
    redis.call('RENAME', prefix .. 'a:' .. new.replaces, prefix .. 'a:' .. new.owner)
    redis.call('HSET', prefix .. 'a:' .. new.owner, 'origin', new.origin)
    for key in string.gmatch(dead.keys, '%S+') do
      if redis.call('GET', key) == new.replaces then redis.call('SET', key, new.owner, 'PX', ttl) end
    end
    local theirs = read_signature(dead.signature)
    if theirs then
      let_anchors_go(prefix, theirs, new.replaces)
      hold_anchors(prefix, theirs, new.owner, ttl)
    end
  end
end

-- Own: the answer of the first time, whatever the text is now; missing or changed keys again.
local own = article(new.owner)
if own then
  local keys = own.keys
  for _, key in ipairs({id_key, content_key, url_key}) do
    if not holder(key) then keys = point(key, keys) end
  end
  redis.call('HSET', prefix .. 'a:' .. new.owner, 'keys', keys)
  redis.call('PEXPIRE', prefix .. 'a:' .. new.owner, ttl)
  local before = read_signature(own.signature)
  if before then hold_anchors(prefix, before, new.owner, ttl) end
  local superseded = own.superseded ~= '' and cjson.decode(own.superseded) or nil
  return answer('own', own.version, '', superseded, tonumber(own.similarity), own.relation, own.story)
end

-- Identity known, content the same.
local by_id, by_url = holder(id_key), holder(url_key)
if by_id and by_id.hash == new.hash then return answer('duplicate', by_id.version, 'id', by_id) end
if by_url and by_url.hash == new.hash then return answer('duplicate', by_url.version, 'url', by_url) end

-- Identity known, content differs: stale, or a new version. An id alone never drops: where both records
-- have a URL and only the id is shared, the older one is no earlier fetch of the same page.
local current = by_url or by_id
local same_page = by_url or (by_id and (not new.url_key or by_id.url == ''))
if same_page and tonumber(new.seen) < tonumber(current.seen) then
  return answer('duplicate', current.version, 'stale', current)
end

local near, near_facts, part, part_facts, part_kind
local version, superseded, similarity = 1, '', 1
if current then
  version = math.max(by_id and by_id.version or 0, by_url and by_url.version or 0) + 1
  superseded = cjson.encode({id = current.id, version = current.version, origin = current.origin})
  local before = signature and read_signature(current.signature)
  if before then similarity = rounded(compare(signature, before).likeness) end
  near, near_facts, part, part_facts, part_kind = most_alike()
else
  -- No identity: the content of another owner, or nearly.
  local other = holder(content_key)
  if other then return answer('duplicate', other.version, 'exact', other) end
  near, near_facts, part, part_facts, part_kind = most_alike()
  if near then return answer('duplicate', near.version, 'near', near, rounded(near_facts.likeness)) end
  if part_kind == 'contained_in' and ARGV[4] == 'drop' then
    return answer('duplicate', part.version, 'contained', part, rounded(part_facts.part))
  end
end
local relation = part and cjson.encode({part_kind, part.id}) or ''

-- A version stays in the story of the one before; a text that another one holds, in that one's.
local story = current and current.story or ''
if story == '' and ARGV[5] ~= '' then
  local joins = part and part.story ~= '' and part.story or nil
  story = story_of(prefix, ARGV[5], new.id, joins, ARGV[6])
end

-- New.
local keys = point(id_key, '')
if url_key then keys = point(url_key, keys) end
if not holder(content_key) then keys = point(content_key, keys) end
if signature then hold_anchors(prefix, signature, new.owner, ttl) end
redis.call('HSET', prefix .. 'a:' .. new.owner, 'id', new.id, 'version', version, 'hash', new.hash,
  'url', new.url_key or '', 'seen', new.seen, 'origin', new.origin, 'superseded', superseded,
  'previous', current and current.owner or '', 'keys', keys, 'signature', ARGV[3],
  'similarity', similarity, 'relation', relation, 'story', story)
redis.call('PEXPIRE', prefix .. 'a:' .. new.owner, ttl)
return answer('new', version, '', current, similarity, relation, story)
