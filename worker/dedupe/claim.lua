-- Some claims, one after the other, each atomic: the table of docs/delivery.md, row by row, over one article. A few at
-- once, because Redis reads the files before this one (scripts.py) anew for each script that it runs.
-- KEYS[1]  prefix of the namespace, `winnow:{name}:`; the hash tag keeps every key of it on one node
-- ARGV[1]  time to live in milliseconds
-- ARGV[2]  `drop`: an article that is part of another one is a duplicate of it; else it is labelled
-- ARGV[3]  time to live of a story since its last article, in milliseconds
-- ARGV[4]  and each third from there: the identity as JSON: owner, id, hash, seen, origin, replaces, and hashes of its
--          id and URL (or source); behind it its near-duplicate signature (empty: exact comparison only) and the terms
--          for its story (empty: no story)
-- Answers JSON for each: {verdict, version, kind, similarity, other: {id, version, origin}, relation: [kind, id], story}

local CANDIDATES, FIRST, EACH = 8, 4, 3
local ttl, drops_parts, story_ttl = ARGV[1], ARGV[2] == 'drop', ARGV[3]

-- What is told of another article, now or once more (what was superseded is kept as it was told).
local function kept(other)
  return {id = other.id, version = other.version, origin = other.origin or store.origin(other)}
end

local function answer(verdict, version, kind, other, similarity, relation, story)
  local told = {verdict = verdict, version = version, kind = kind, similarity = similarity or 1}
  if other then told.other = kept(other) end
  if relation and relation ~= '' then told.relation = cjson.decode(relation) end
  if story and story ~= '' then told.story = story end
  return cjson.encode(told)
end

-- The claimed article that this one is most like, or overlaps most with; never a version of itself.
local function most_alike(new, signature)
  local near, near_facts, part, part_facts, part_kind
  for _, other in ipairs(signature and store.candidates(signature, CANDIDATES) or {}) do
    local itself = other.id == new.id or store.same_url(other, new)
    local theirs = not itself and read_signature(other.signature)
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

local function claim(new, signature_bytes, terms)
  local signature = read_signature(signature_bytes)
  new.seen = believed(new.seen)
  local id_name, content_name = 'i:' .. new.id_key, 'c:' .. new.hash
  local url_name = new.url_key and 'u:' .. new.url_key

  redis.call('INCR', prefix .. 'claims')

  store.expect({'o:' .. new.owner, id_name, content_name, url_name})
  local own = store.article(new.owner)

  -- A replay takes over what the dead letter that it replays had claimed, if the operator announced it (announce.lua):
  -- any crawler can write the header, and what is published would be published once more.
  -- The announcement stays. A dead letter published nothing and never will: whoever takes over is the first to publish,
  -- whoever comes after finds nothing to take over, and a replay that comes again after a crash is `own`.
  if new.replaces and not own and redis.call('EXISTS', prefix .. 'r:' .. new.replaces) == 1 then
    local dead = store.article(new.replaces)
    if dead then
      store.take_over(dead, new.owner, new.origin, ttl)
      own = store.article(new.owner)
    end
  end

  -- Own: the answer of the first time, whatever the text is now; missing or changed names again.
  if own then
    for _, name in ipairs({id_name, content_name, url_name}) do
      if not store.holder(name) then store.point(own, name, ttl) end
    end
    store.renew(own, ttl)
    local superseded = own.superseded ~= '' and cjson.decode(own.superseded) or nil
    return answer('own', own.version, '', superseded, own.similarity, own.relation, own.story)
  end

  -- Identity known, content the same.
  local by_id, by_url = store.holder(id_name), store.holder(url_name)
  if by_id and store.same_content(by_id, new) then return answer('duplicate', by_id.version, 'id', by_id) end
  if by_url and store.same_content(by_url, new) then return answer('duplicate', by_url.version, 'url', by_url) end

  -- Identity known, content differs: stale, or a new version. An id alone never drops: one that another page has, or
  -- another source, says nothing of an earlier fetch. Two records without URL are of one page if their source is one.
  local current = by_url or by_id
  local same_page = by_url or (by_id and not new.url_key and by_id.url == '' and store.same_source(by_id, new))
  if same_page and is_older(new, current) then
    return answer('duplicate', current.version, 'stale', current)
  end

  local held = store.holder(content_name)
  if held and not current then return answer('duplicate', held.version, 'exact', held) end

  -- No identity: nearly the content of another owner. (Of a known one such a likeness drops nothing.)
  local near, near_facts, part, part_facts, part_kind = most_alike(new, signature)
  local version, superseded, similarity = 1, '', 1
  if current then
    version = math.max(by_id and by_id.version or 0, by_url and by_url.version or 0) + 1
    superseded = cjson.encode(kept(current))
    local before = signature and read_signature(current.signature)
    if before then similarity = rounded(compare(signature, before).likeness) end
  elseif near then
    return answer('duplicate', near.version, 'near', near, rounded(near_facts.likeness))
  elseif part_kind == 'contained_in' and drops_parts then
    return answer('duplicate', part.version, 'contained', part, rounded(part_facts.part))
  end
  local relation = part and cjson.encode({part_kind, part.id}) or ''

  -- A version stays in the story of the one before; a text that another one holds, in that one's.
  local story = current and current.story or ''
  if story == '' and terms ~= '' then
    local joins = part and part.story ~= '' and part.story or nil
    story = story_of(terms, new.id, joins, story_ttl)
  end

  -- New.
  local names = {id_name, url_name}
  if not held then names[#names + 1] = content_name end
  store.keep(new, {version = version, superseded = superseded, similarity = similarity, relation = relation,
    story = story}, signature_bytes, signature, names, ttl)
  return answer('new', version, '', current, similarity, relation, story)
end

local answers = {}
for n = FIRST, #ARGV, EACH do
  answers[#answers + 1] = claim(cjson.decode(ARGV[n]), ARGV[n + 1], ARGV[n + 2])
end
return answers
