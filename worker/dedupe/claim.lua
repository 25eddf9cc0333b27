-- One claim, atomic: the table of docs/delivery.md, row by row, over one article.
-- KEYS[1]  prefix of the namespace, `winnow:{name}:`; the hash tag keeps every key of it on one node
-- ARGV[1]  the identity as JSON: owner, id, url, hash, seen, origin, replaces, and the keys to point at it
-- ARGV[2]  time to live in milliseconds
-- Answers JSON: {verdict, version, kind, other: {id, version, origin}}
--
-- prefix .. 'a:' .. owner   hash: what this owner claimed, and the answer it got
-- prefix .. 'i:'|'u:'|'c:'  string: the owner that holds an id, a canonical URL, a content hash

local prefix, ttl = KEYS[1], ARGV[2]
local new = cjson.decode(ARGV[1])

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

local function answer(verdict, version, kind, other, similarity)
  local told = {verdict = verdict, version = version, kind = kind, similarity = similarity or 1}
  if other then told.other = {id = other.id, version = tonumber(other.version), origin = other.origin} end
  return cjson.encode(told)
end

-- Points `key` at the new owner and remembers that it did, for release.lua.
local function point(key, keys)
  redis.call('SET', key, new.owner, 'PX', ttl)
  if not string.find(keys, key, 1, true) then keys = keys .. ' ' .. key end
  return keys
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
  local superseded = own.superseded ~= '' and cjson.decode(own.superseded) or nil
  return answer('own', own.version, '', superseded)
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
local version, superseded = 1, ''
if current then
  version = math.max(by_id and by_id.version or 0, by_url and by_url.version or 0) + 1
  superseded = cjson.encode({id = current.id, version = current.version, origin = current.origin})
else
  -- No identity: the content of another owner.
  local other = holder(content_key)
  if other then return answer('duplicate', other.version, 'exact', other) end
end

-- New.
local keys = point(id_key, '')
if url_key then keys = point(url_key, keys) end
if not holder(content_key) then keys = point(content_key, keys) end
redis.call('HSET', prefix .. 'a:' .. new.owner, 'id', new.id, 'version', version, 'hash', new.hash,
  'url', new.url_key or '', 'seen', new.seen, 'origin', new.origin, 'superseded', superseded,
  'previous', current and current.owner or '', 'keys', keys)
redis.call('PEXPIRE', prefix .. 'a:' .. new.owner, ttl)
return answer('new', version, '', current)
