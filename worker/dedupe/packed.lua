-- Layout `packed`: articles and an index of their names and anchors in small hashes, by epoch. A seventh of the
-- memory of strings.lua, whose functions it offers. An epoch is a third of the time to live; its keys expire
-- together, so that an article is remembered for 1 to 1.33 times that long.
--
-- prefix .. 'p1:' .. epoch .. ':a:' .. shard   hash: reference → article (cmsgpack)
-- prefix .. 'p1:' .. epoch .. ':n:' .. bucket  hash: two bytes of a name → references, newest first
-- prefix .. 'p1:' .. epoch .. ':x:' .. bucket  hash: the same for anchors
--
-- A reference is six bytes of an owner. What the index finds is looked at before it is believed: two names may
-- share an entry. Released articles leave their references behind; these find nothing.

local EPOCHS, SHARDS, HELD, REFERENCE = 3, 1024, 8, 6
local prefix, store = KEYS[1], {}

local now = redis.call('TIME')
local epoch_length = math.max(1, math.ceil(PACKED.ttl / EPOCHS))
local current_epoch = math.floor((now[1] * 1000 + math.floor(now[2] / 1000)) / epoch_length)

local function expire(key)
  redis.call('PEXPIREAT', key, string.format('%d', (current_epoch + 1) * epoch_length + PACKED.ttl))
end

-- The first bytes of a hash written as hex; two at a time: the count is even.
local function raw(hex, bytes)
  local pairs_of = {}
  for n = 1, bytes / 2 do pairs_of[n] = tonumber(string.sub(hex, 4 * n - 3, 4 * n), 16) end
  return struct.pack('>' .. string.rep('I2', bytes / 2), unpack(pairs_of))
end

local function hex(bytes)
  return string.format(string.rep('%02x', #bytes), string.byte(bytes, 1, #bytes))
end

local epochs = {}
for epoch = current_epoch, current_epoch - EPOCHS, -1 do epochs[#epochs + 1] = prefix .. 'p1:' .. epoch .. ':' end

local function shard_of(reference)
  local first, second = string.byte(reference, 1, 2)
  return 'a:' .. (first * 256 + second) % SHARDS
end

-- The bucket and the two bytes of four bytes that are well mixed.
local function place_of(part, four)
  local high, low = struct.unpack('>I2I2', four)
  local bucket = (high * 40503 + low * 30011) % (part == 'n' and PACKED.name_buckets or PACKED.anchor_buckets)
  return part .. ':' .. string.format('%x', bucket), string.sub(four, 3, 4)
end

-- Records are arrays, so that no name of a field is kept: owner, id, content, url, seen, origin, version, names,
-- superseded, similarity, relation, story (true: the id), signature. One that was taken over: where it went.
local function put(epoch, reference, record)
  redis.call('HSET', epoch .. shard_of(reference), reference, cmsgpack.pack(record))
end

-- The stored record of a reference, and its epoch; what was taken over leads to who took it.
local function find(reference, stay)
  local shard = shard_of(reference)
  for _, epoch in ipairs(epochs) do
    local bytes = redis.call('HGET', epoch .. shard, reference)
    if bytes then
      local record = cmsgpack.unpack(bytes)
      if #record == 1 then return not stay and find(record[1]) or nil end
      return record, epoch
    end
  end
  return nil
end

local function unpacked(record)
  if not record then return nil end
  return {owner = hex(record[1]), id = record[2], hash = hex(record[3]), url = hex(record[4]),
    seen = record[5], origin = record[6], version = record[7], superseded = record[9], similarity = record[10],
    relation = record[11], story = record[12] == true and record[2] or record[12], signature = record[13]}
end

local function references(held)
  local found = {}
  for from = 1, #held, REFERENCE do found[#found + 1] = string.sub(held, from, from + REFERENCE - 1) end
  return found
end

-- What the present epoch's entries hold, as far as it was asked: most are written right after.
local present = {}

local function index(part, four, reference)
  local place, field = place_of(part, four)
  local key, held = epochs[1] .. place, reference
  local before = present[part .. four]
  if before == nil then before = redis.call('HGET', key, field) end
  if before then
    held = {reference}
    for _, other in ipairs(references(before)) do
      if other ~= reference and #held < HELD then held[#held + 1] = other end
    end
    held = table.concat(held)
  end
  redis.call('HSET', key, field, held)
  present[part .. four] = held
  if not before then expire(key) end
end

-- References under four bytes, the latest first.
local function under_index(part, four)
  local found = {}
  local place, field = place_of(part, four)
  for n, epoch in ipairs(epochs) do
    local held = redis.call('HGET', epoch .. place, field)
    if n == 1 then present[part .. four] = held end
    if held then
      for from = 1, #held, REFERENCE do found[#found + 1] = string.sub(held, from, from + REFERENCE - 1) end
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
  for from = 1, #record[8], 8 do
    if string.sub(record[8], from, from + 7) == bytes then return true end
  end
  return false
end

-- A signature without its anchors: the index holds those.
local function shortened(signature)
  local fields = read_signature(signature)
  if not fields then return '' end
  local rest = #signature - 4 * #fields.anchors
  return string.sub(signature, 1, 12) .. '\0' .. string.sub(signature, 14, rest)
end

-- By an owner, or by a reference that a candidate is named by.
function store.article(owner)
  if #owner == REFERENCE then return unpacked(find(owner)) end
  local record = find(raw(owner, REFERENCE), true)
  return record and record[1] == raw(owner, 16) and unpacked(record) or nil
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

function store.same_content(other, new)
  return other.hash == string.sub(new.hash, 1, 16)
end

function store.same_url(other, new)
  return new.url_key ~= nil and other.url == string.sub(new.url_key, 1, 16)
end

function store.keep(new, told, signature, ttl)
  local reference = raw(new.owner, REFERENCE)
  put(epochs[1], reference, {raw(new.owner, 16), new.id, raw(new.hash, 8), new.url_key and raw(new.url_key, 8) or '',
    tonumber(new.seen), new.origin, told.version, '', told.superseded, told.similarity, told.relation,
    told.story == new.id or told.story, shortened(signature)})
  expire(epochs[1] .. shard_of(reference))
end

-- The latest to point at a name holds it; who held it before holds it again when that one is forgotten.
function store.point(name, owner, ttl)
  local reference, bytes = raw(owner, REFERENCE), name_bytes(name)
  local record, epoch = find(reference)
  if not has_name(record, bytes) then
    record[8] = record[8] .. bytes
    put(epoch, raw(owner, REFERENCE), record)
  end
  index('n', string.sub(bytes, 1, 4), reference)
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
  local held, taken = {}, raw(owner, REFERENCE)
  for from = 1, #record[8], 8 do
    local bytes = string.sub(record[8], from, from + 7)
    local holds = holding(bytes)
    if holds and holds[1] == record[1] then held[#held + 1] = bytes end
  end
  record[1], record[6] = raw(owner, 16), origin
  put(epoch, taken, record)
  expire(epoch .. shard_of(taken))
  put(epoch, reference, {taken})
  for _, bytes in ipairs(held) do index('n', string.sub(bytes, 1, 4), taken) end
end

function store.forget(gone)
  local reference = raw(gone.owner, REFERENCE)
  local _, epoch = find(reference)
  redis.call('HDEL', epoch .. shard_of(reference), reference)
end
