-- Shelves for what is packed: lists of records and an index of their places, by epoch. An epoch is a third of a
-- time to live; its keys expire together, so that a record is remembered for 1 to 1.33 times that long.
--
-- prefix .. shelf .. epoch .. ':l:' .. shard   list: records; where one stands in it never changes
-- prefix .. shelf .. epoch .. ':n:' .. bucket  string: two bytes of a name and four of a place, for each entry,
--                                              the newest first
-- prefix .. shelf .. epoch .. ':x:' .. bucket  the same for what many records share (anchors, terms); apart,
--                                              because of these only the newest stay
--
-- A place is five bytes: which of the epochs that live (1: the present one), shard and position in the list.
-- What the index finds is looked at before it is believed: two names may share their two bytes. What was taken
-- from its place leaves its entries behind; these find nothing.

local EPOCHS, ENTRY, FULL, POSITIONS = PACKED.epochs, 6, 96, 1048576
local EPOCHS_ALIVE = EPOCHS + 1
local SHARD, MOST_SHARDS, FEWEST_SHARDS, FEWEST_BUCKETS = 256, 4096, 16, 16
local prefix, clock = KEYS[1], redis.call('TIME')

-- A shelf for `records` in each time to live, each found under `named` names and `shared` of what many share.
local function shelf_of(name, ttl, records, named, shared)
  local length = math.max(1, math.ceil(ttl / EPOCHS))
  local current = math.floor((clock[1] * 1000 + math.floor(clock[2] / 1000)) / length)
  local each = records / EPOCHS
  local shelf = {
    held = {}, -- the buckets that were read
    buckets = {n = {}, x = {}}, -- the buckets that were looked for
    ends = string.format('%d', (current + 1) * length + ttl),
    shards = math.min(MOST_SHARDS, math.max(FEWEST_SHARDS, math.ceil(each / SHARD))),
    n = math.max(FEWEST_BUCKETS, math.ceil(each * named / FULL)), -- buckets
    x = math.max(FEWEST_BUCKETS, math.ceil(each * shared / FULL)),
  }
  for n = 1, EPOCHS_ALIVE do shelf[n] = prefix .. name .. ':' .. string.format('%d', current - n + 1) .. ':' end
  return shelf
end

-- The list of a place, and its position there.
local function parts(shelf, place)
  local epoch, address = struct.unpack('>BI4', place)
  local position = address % POSITIONS
  return shelf[epoch] .. 'l:' .. string.format('%x', (address - position) / POSITIONS), position
end

-- Two bytes that are well mixed choose the list.
local function put(shelf, record, mixed)
  local shard = struct.unpack('>I2', mixed) % shelf.shards
  local key = shelf[1] .. 'l:' .. string.format('%x', shard)
  local position = redis.call('RPUSH', key, record) - 1
  if position == 0 then redis.call('PEXPIREAT', key, shelf.ends) end
  return '\1' .. struct.pack('>I4', shard * POSITIONS + position % POSITIONS)
end

-- The record at a place; nil if it was taken away.
local function at(shelf, place)
  local record = redis.call('LINDEX', parts(shelf, place))
  return record and record ~= '' and record or nil
end

local function replace(shelf, place, record)
  local key, position = parts(shelf, place)
  redis.call('LSET', key, position, record)
end

-- The bucket of four bytes that are well mixed; two of them stand for it there. `part`: 'n' or 'x'.
local function bucket_of(shelf, part, four)
  local bucket = shelf.buckets[part][four]
  if not bucket then
    local high, low = struct.unpack('>I2I2', four)
    bucket = string.format('%s:%x', part, (high * 40503 + low * 30011) % shelf[part])
    shelf.buckets[part][four] = bucket
  end
  return bucket
end

local keys = {} -- what MGET is asked; the table is filled anew each time, a new one would have to grow

-- Reads the buckets of these keys, all at once: shelf.held[bucket] has a string or false for each epoch.
local function expect(shelf, part, fours)
  local missing, size = {}, 0
  for n = 1, #fours do
    local bucket = bucket_of(shelf, part, fours[n])
    if not shelf.held[bucket] then
      shelf.held[bucket], missing[size / EPOCHS_ALIVE + 1] = {}, bucket
      for epoch = 1, EPOCHS_ALIVE do keys[size + epoch] = shelf[epoch] .. bucket end
      size = size + EPOCHS_ALIVE
    end
  end
  local found = size > 0 and redis.call('MGET', unpack(keys, 1, size)) or {}
  for n = 1, #missing do
    local held, first = shelf.held[missing[n]], (n - 1) * EPOCHS_ALIVE
    for epoch = 1, EPOCHS_ALIVE do held[epoch] = found[first + epoch] end
  end
end

-- Where two bytes that begin an entry stand in a bucket, from `from` on.
local function next_entry(held, two, from)
  local found = string.find(held, two, from, true)
  while found and found % ENTRY ~= 1 do found = string.find(held, two, found + 1, true) end
  return found
end

-- Adds the places that a bucket's epochs have for two bytes, the newest first.
local function add_places(held, two, found)
  local size = #found
  for epoch = 1, EPOCHS_ALIVE do
    local entries = held[epoch]
    local from = entries and next_entry(entries, two, 1)
    while from do
      size = size + 1
      found[size] = string.char(epoch) .. string.sub(entries, from + 2, from + 5)
      from = next_entry(entries, two, from + ENTRY)
    end
  end
end

-- The places listed under any of these, one after the other, the newest of each first.
local function places_under(shelf, part, fours)
  local found = {}
  expect(shelf, part, fours)
  local held, buckets = shelf.held, shelf.buckets[part]
  for n = 1, #fours do add_places(held[buckets[fours[n]]], string.sub(fours[n], 3, 4), found) end
  return found
end

-- Without the entries of two bytes that may go.
local function shortened(held, two, epoch, stays)
  local count, found = 0, next_entry(held, two, 1)
  while found do
    count = count + 1
    if stays(count, string.char(epoch) .. string.sub(held, found + 2, found + 5)) then
      found = next_entry(held, two, found + ENTRY)
    else
      held = string.sub(held, 1, found - 1) .. string.sub(held, found + ENTRY)
      found = next_entry(held, two, found)
    end
  end
  return held
end

-- Lists a place under four bytes. `stays` says of another one there, the how manieth it is, whether it stays.
local function list_under(shelf, part, four, place, stays)
  local bucket, two, epoch = bucket_of(shelf, part, four), string.sub(four, 3, 4), string.byte(place, 1)
  if not shelf.held[bucket] then expect(shelf, part, {four}) end
  local held, key, entry = shelf.held[bucket], shelf[epoch] .. bucket, two .. string.sub(place, 2)
  if not held[epoch] then
    held[epoch] = entry
    redis.call('SET', key, entry)
    redis.call('PEXPIREAT', key, shelf.ends)
  elseif not next_entry(held[epoch], entry, 1) then
    held[epoch] = entry .. shortened(held[epoch], two, epoch, stays)
    redis.call('SET', key, held[epoch], 'KEEPTTL')
  end
end

-- Anchors and terms are numbers that are well mixed already; many records share one (part 'x').
local function fours_of(numbers)
  local fours = {}
  for n = 1, #numbers do fours[n] = struct.pack('>I4', numbers[n]) end
  return fours
end

local function places_sharing(shelf, numbers)
  return places_under(shelf, 'x', fours_of(numbers))
end

-- Lists a place under each of these numbers; only the newest `most` stay there.
local function list_sharing(shelf, numbers, place, most)
  local fours = fours_of(numbers)
  local function newest(count) return count < most end
  expect(shelf, 'x', fours)
  for n = 1, #fours do list_under(shelf, 'x', fours[n], place, newest) end
end
