-- Layout `packed`: articles and an index of their names and anchors in small hashes, by epoch. A seventh of the
-- memory of strings.lua, whose functions it offers. An epoch is a quarter of the time to live; its keys expire
-- together, so that an article is remembered for 1 to 1.25 times that long.
--
-- prefix .. 'p1:' .. epoch .. ':a:' .. shard   hash: reference → article (cmsgpack)
-- prefix .. 'p1:' .. epoch .. ':n:' .. bucket  hash: two bytes of a name → references, newest first
-- prefix .. 'p1:' .. epoch .. ':x:' .. bucket  hash: the same for anchors
--
-- A reference is six bytes of an owner. What the index finds is looked at before it is believed: two names may
-- share an entry. Released articles leave their references behind; these find nothing.

local EPOCHS, SHARDS, HELD, REFERENCE = 4, 1024, 8, 6
local prefix, store = KEYS[1], {}

local now = redis.call('TIME')
local epoch_length = math.max(1, math.ceil(PACKED.ttl / EPOCHS))
local current_epoch = math.floor((now[1] * 1000 + math.floor(now[2] / 1000)) / epoch_length)

local function expire(key)
  redis.call('PEXPIREAT', key, string.format('%d', (current_epoch + 1) * epoch_length + PACKED.ttl))
end

local function raw(hex, bytes)
  return (string.gsub(string.sub(hex, 1, 2 * bytes), '..', function(pair)
    return string.char(tonumber(pair, 16))
  end))
end

local function article_key(epoch, reference)
  local first, second = string.byte(reference, 1, 2)
  return prefix .. 'p1:' .. epoch .. ':a:' .. (first * 256 + second) % SHARDS
end

-- The bucket and the two bytes of four bytes that are well mixed.
local function index_key(epoch, part, four)
  local high, low = struct.unpack('>I2I2', four)
  local bucket = (high * 40503 + low * 30011) % (part == 'n' and PACKED.name_buckets or PACKED.anchor_buckets)
  return prefix .. 'p1:' .. epoch .. ':' .. part .. ':' .. string.format('%x', bucket), string.sub(four, 3, 4)
end

local function put(epoch, reference, record)
  local key = article_key(epoch, reference)
  redis.call('HSET', key, reference, cmsgpack.pack(record))
end

-- The stored record of a reference, and its epoch; what was taken over leads to who took it.
local function find(reference, stay)
  for epoch = current_epoch, current_epoch - EPOCHS, -1 do
    local bytes = redis.call('HGET', article_key(epoch, reference), reference)
    if bytes then
      local record = cmsgpack.unpack(bytes)
      if record.to then return not stay and find(record.to) or nil end
      return record, epoch
    end
  end
  return nil
end

local function unpacked(record)
  if not record then return nil end
  local found = {owner = record.o, id = record.i, hash = record.h, url = record.u or '', seen = record.s,
    origin = record.g, superseded = record.p or '', similarity = record.l or 1, relation = record.r or '',
    story = record.t == true and record.i or record.t or '', signature = record.f or '',
    version = record.v or 1, names = record.n}
  return found
end

local function references(held)
  local found = {}
  for from = 1, #held, REFERENCE do found[#found + 1] = string.sub(held, from, from + REFERENCE - 1) end
  return found
end

local function index(part, four, reference)
  local key, field = index_key(current_epoch, part, four)
  local held = {reference}
  for _, other in ipairs(references(redis.call('HGET', key, field) or '')) do
    if other ~= reference and #held < HELD then held[#held + 1] = other end
  end
  redis.call('HSET', key, field, table.concat(held))
  expire(key)
end

-- References under four bytes, the latest first.
local function under_index(part, four)
  local found = {}
  for epoch = current_epoch, current_epoch - EPOCHS, -1 do
    local key, field = index_key(epoch, part, four)
    for _, reference in ipairs(references(redis.call('HGET', key, field) or '')) do
      found[#found + 1] = reference
    end
  end
  return found
end

-- Eight bytes that stand for a name: its kind is mixed into the first.
local function name_bytes(name)
  local bytes = raw(string.sub(name, 3), 8)
  local kind = string.byte(name, 1)
  return string.char((string.byte(bytes, 1) + kind) % 256) .. string.sub(bytes, 2)
end

local function has_name(record, bytes)
  for from = 1, #record.n, 8 do
    if string.sub(record.n, from, from + 7) == bytes then return true end
  end
  return false
end

-- A signature without its anchors: the index holds those.
local function shortened(signature)
  local fields = read_signature(signature)
  if not fields then return nil end
  local rest = #signature - 4 * #fields.anchors
  return string.sub(signature, 1, 12) .. '\0' .. string.sub(signature, 14, rest)
end

-- By an owner, or by a reference that a candidate is named by.
function store.article(owner)
  if #owner == REFERENCE then return unpacked(find(owner)) end
  local record = find(raw(owner, REFERENCE), true)
  return record and record.o == owner and unpacked(record) or nil
end

function store.exists(owner)
  return store.article(owner) ~= nil
end

-- The record that holds a name: the latest that pointed at it and is still there.
local function holding(bytes)
  for _, reference in ipairs(under_index('n', string.sub(bytes, 1, 4))) do
    local record = find(reference)
    if record and has_name(record, bytes) then return record end
  end
  return nil
end

function store.holder(name)
  return name and unpacked(holding(name_bytes(name))) or nil
end

function store.keep(new, told, signature, ttl)
  local reference = raw(new.owner, REFERENCE)
  local story = told.story ~= '' and told.story or nil
  put(current_epoch, reference, {o = new.owner, i = new.id, h = new.hash, u = new.url_key, s = new.seen,
    g = new.origin, v = told.version ~= 1 and told.version or nil, n = '',
    p = told.superseded ~= '' and told.superseded or nil,
    l = told.similarity ~= 1 and told.similarity or nil, r = told.relation ~= '' and told.relation or nil,
    t = story == new.id and true or story, f = shortened(signature)})
  expire(article_key(current_epoch, reference))
end

-- The latest to point at a name holds it; who held it before holds it again when that one is forgotten.
function store.point(name, owner, ttl)
  local reference, bytes = raw(owner, REFERENCE), name_bytes(name)
  local record, epoch = find(reference)
  if not has_name(record, bytes) then
    record.n = record.n .. bytes
    put(epoch, raw(record.o, REFERENCE), record)
  end
  index('n', string.sub(bytes, 1, 4), raw(record.o, REFERENCE))
end

function store.hold_anchors(signature, owner, ttl)
  local reference = raw(owner, REFERENCE)
  for _, anchor in ipairs(signature.anchors) do index('x', struct.pack('>I4', anchor), reference) end
end

function store.candidates(signature, most)
  local found = {}
  for _, anchor in ipairs(signature.anchors) do
    for _, reference in ipairs(under_index('x', struct.pack('>I4', anchor))) do found[#found + 1] = reference end
  end
  return most_voted(found, most)
end

-- An article lives as long as its epoch: its redelivery does not prolong that.
function store.renew(own, ttl) end

function store.take_over(dead, owner, origin, ttl)
  local reference = raw(dead.owner, REFERENCE)
  local record, epoch = find(reference)
  local held = {}
  for from = 1, #record.n, 8 do
    local bytes = string.sub(record.n, from, from + 7)
    local holds = holding(bytes)
    if holds and holds.o == dead.owner then held[#held + 1] = bytes end
  end
  record.o, record.g = owner, origin
  put(epoch, raw(owner, REFERENCE), record)
  expire(article_key(epoch, raw(owner, REFERENCE)))
  put(epoch, reference, {to = raw(owner, REFERENCE)})
  for _, bytes in ipairs(held) do index('n', string.sub(bytes, 1, 4), raw(owner, REFERENCE)) end
end

function store.forget(gone)
  local reference = raw(gone.owner, REFERENCE)
  local _, epoch = find(reference)
  redis.call('HDEL', article_key(epoch, reference), reference)
end
