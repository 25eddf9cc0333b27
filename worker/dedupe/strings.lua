-- Layout `strings`: a key for each article, each of its names and each of its anchors. Simple to look at, a
-- few kilobytes per article. packed.lua offers the same functions over packed hashes.
--
-- prefix .. 'a:' .. owner    hash: what this owner claimed, and the answer it got
-- prefix .. 'i:'|'u:'|'c:'   string: owners of an id, a canonical URL, a content hash, the latest first: the
--                            first of them that is still there holds it
-- prefix .. 'n2:' .. anchor  string: owners of the latest HELD articles with this anchor, newest first

local HELD, OWNER = 8, 32
local prefix, store = KEYS[1], {}

local function key_of_anchor(anchor)
  return prefix .. 'n2:' .. string.format('%08x', anchor)
end

-- packed.lua reads all at once.
function store.expect(names) end

function store.article(owner)
  local flat = redis.call('HGETALL', prefix .. 'a:' .. owner)
  if #flat == 0 then return nil end
  local found = {owner = owner}
  for i = 1, #flat, 2 do found[flat[i]] = flat[i + 1] end
  found.version, found.similarity = tonumber(found.version), tonumber(found.similarity)
  return found
end

-- Owner and hashes as they are told to the operator.
function store.readable(found)
  return {found.owner, found.hash, found.url}
end

function store.same_content(other, new)
  return other.hash == new.hash
end

function store.same_url(other, new)
  return new.url_key ~= nil and other.url == new.url_key
end

-- Of two records without URL.
function store.same_source(other, new)
  return (other.source or '') == (new.source or '')
end

local function add_owners(held, found)
  local size = #found
  for from = 1, #held, OWNER do
    size = size + 1
    found[size] = string.sub(held, from, from + OWNER - 1)
  end
  return found
end

local function owners_under(key)
  return add_owners(redis.call('GET', key) or '', {})
end

-- What is held under each anchor of a signature (or false), and the keys of it.
local function held_under_anchors(fields)
  local keys = {}
  for n, anchor in ipairs(anchors_of(fields)) do keys[n] = key_of_anchor(anchor) end
  return #keys > 0 and redis.call('MGET', unpack(keys)) or {}, keys
end

-- The article that holds a name ('i:', 'u:' or 'c:' and a hash).
function store.holder(name)
  for _, owner in ipairs(name and owners_under(prefix .. name) or {}) do
    local found = store.article(owner)
    if found and string.find(found.keys, name, 1, true) then return found end
  end
  return nil
end

-- The owner is the first of those under a name; who was it before is it again when this one is forgotten.
local function put_first(name, owner, ttl)
  local held = {owner}
  for _, other in ipairs(owners_under(prefix .. name)) do
    if other ~= owner and #held < HELD then held[#held + 1] = other end
  end
  redis.call('SET', prefix .. name, table.concat(held), 'PX', ttl)
end

local function hold_anchors(fields, owner, ttl)
  local anchored, keys = held_under_anchors(fields)
  for n, key in ipairs(keys) do
    local held = anchored[n] or ''
    if not string.find(held, owner, 1, true) then held = string.sub(owner .. held, 1, HELD * OWNER) end
    redis.call('SET', key, held, 'PX', ttl)
  end
end

-- What an owner claimed: `told` is the answer, for its redeliveries; it holds `names` now.
function store.keep(new, told, signature, fields, names, ttl)
  local key = prefix .. 'a:' .. new.owner
  redis.call('HSET', key, 'id', new.id, 'hash', new.hash, 'url', new.url_key or '', 'seen', new.seen,
    'origin', new.origin, 'keys', table.concat(names, ' '), 'signature', signature, 'version', told.version,
    'superseded', told.superseded, 'similarity', told.similarity, 'relation', told.relation, 'story', told.story)
  if new.source then redis.call('HSET', key, 'source', new.source) end
  redis.call('PEXPIRE', key, ttl)
  for _, name in ipairs(names) do put_first(name, new.owner, ttl) end
  hold_anchors(fields, new.owner, ttl)
end

-- The owner holds one name more.
function store.point(own, name, ttl)
  put_first(name, own.owner, ttl)
  if not string.find(own.keys, name, 1, true) then
    own.keys = own.keys .. ' ' .. name
    redis.call('HSET', prefix .. 'a:' .. own.owner, 'keys', own.keys)
  end
end

-- In what is listed under a name or an anchor, `owner` instead of `gone`; '': nobody.
local function replace(key, gone, owner)
  local held = redis.call('GET', key) or ''
  local from, to = string.find(held, gone, 1, true)
  if not from then return end
  held = string.sub(held, 1, from - 1) .. owner .. string.sub(held, to + 1)
  if held == '' then redis.call('DEL', key) else redis.call('SET', key, held, 'KEEPTTL') end
end

-- The articles that share the most anchors with a signature.
function store.candidates(signature, most)
  local found = {}
  for _, held in ipairs(held_under_anchors(signature)) do add_owners(held or '', found) end
  return most_voted(found, most, store.article)
end

-- A redelivery: what it claimed lives on.
function store.renew(own, ttl)
  redis.call('PEXPIRE', prefix .. 'a:' .. own.owner, ttl)
  hold_anchors(read_signature(own.signature), own.owner, ttl)
end

-- Everything that one owner claimed is another's now: where it stands, nothing moves.
function store.take_over(dead, owner, origin, ttl)
  redis.call('RENAME', prefix .. 'a:' .. dead.owner, prefix .. 'a:' .. owner)
  redis.call('HSET', prefix .. 'a:' .. owner, 'origin', origin)
  for name in string.gmatch(dead.keys, '%S+') do replace(prefix .. name, dead.owner, owner) end
  for _, anchor in ipairs(anchors_of(read_signature(dead.signature))) do
    replace(key_of_anchor(anchor), dead.owner, owner)
  end
end

function store.forget(gone)
  for name in string.gmatch(gone.keys, '%S+') do replace(prefix .. name, gone.owner, '') end
  for _, anchor in ipairs(anchors_of(read_signature(gone.signature))) do
    replace(key_of_anchor(anchor), gone.owner, '')
  end
  redis.call('DEL', prefix .. 'a:' .. gone.owner)
end
