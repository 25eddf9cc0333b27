-- Layout `packed`: articles on a shelf by epoch (epochs.lua), whose index knows them by owner, names and anchors.
-- A ninth of the memory of strings.lua, whose functions it offers.
--
-- prefix .. 'p2:' .. epoch .. ':l:', ':n:', ':x:'  records, the index of their names, that of their anchors
-- prefix .. 'p2:' .. epoch .. ':t'                 string: the topics of this epoch's records, one a line
--
-- A record: HEAD, the id, what is out of the ordinary (cmsgpack), the signature without its anchors: the index
-- holds those. Released articles leave their entries behind; these find nothing.

local HELD, NAMES, ANCHORS, TOPICS = 8, 4, 12, 250
local OWNER, NO_URL = 10, string.rep('\0', 8)
local HEAD, HEAD_BYTES = '>c10c8c8c8i7I3BBI2I6I2I2', 58
local HAS_URL, OWNS_CONTENT, OWN_STORY = 1, 2, 4
local store = {}
local shelf = shelf_of('p2', PACKED.ttl, PACKED.articles, NAMES, ANCHORS)

-- A name is its kind ('i', 'u', 'c' or, of an owner, 'o') and the first eight bytes of its hash.
local NAMED = {}

local function named(name)
  NAMED[name] = NAMED[name] or string.sub(name, 1, 1) .. raw(string.sub(name, 3), 8)
  return NAMED[name]
end

-- Four bytes of a name for the index; the kind is mixed into the first.
local function four_of(name)
  return string.char((string.byte(name, 2) + string.byte(name, 1)) % 256) .. string.sub(name, 3, 5)
end

-- Topics are few and their names long: a record has its topic's number among those of its epoch, or 0 and the
-- name where they are not few (files on a disk are topics, too).
local function topic_number(topic)
  local known, number = redis.call('GET', shelf[1] .. 't') or '', 0
  for line in string.gmatch(known, '[^\n]+') do
    number = number + 1
    if line == topic then return number end
  end
  if number == TOPICS or string.find(topic, '\n', 1, true) then return 0 end
  redis.call('SET', shelf[1] .. 't', known .. topic .. '\n')
  redis.call('PEXPIREAT', shelf[1] .. 't', shelf.ends)
  return number + 1
end

local function topic_of(epoch, number)
  for line in string.gmatch(redis.call('GET', shelf[epoch] .. 't') or '', '[^\n]+') do
    number = number - 1
    if number == 0 then return line end
  end
  return ''
end

-- `rest`: what is out of the ordinary: names that it was given later, topic, what it superseded, similarity,
-- relation, story.
local function write(record)
  local id, rest = short_id(record.id), next(record.rest) and cmsgpack.pack(record.rest) or ''
  local url = record.url ~= '' and record.url or record.source ~= '' and record.source or NO_URL
  return struct.pack(HEAD, record.owner, record.id_key, record.hash, url, record.seen, record.version,
    record.flags, record.topic, record.partition, record.offset, #id, #rest)
    .. id .. rest .. record.signature
end

local function read(place)
  local bytes = at(shelf, place)
  if not bytes then return nil end
  local record, id_bytes, rest_bytes = {place = place}, 0, 0
  record.owner, record.id_key, record.hash, record.url, record.seen, record.version, record.flags, record.topic,
    record.partition, record.offset, id_bytes, rest_bytes = struct.unpack(HEAD, bytes)
  local rest = HEAD_BYTES + id_bytes
  record.id = long_id(string.sub(bytes, HEAD_BYTES + 1, rest))
  record.rest = rest_bytes > 0 and cmsgpack.unpack(string.sub(bytes, rest + 1, rest + rest_bytes)) or {}
  record.signature = string.sub(bytes, rest + rest_bytes + 1)
  local has_url = record.flags % 2 == HAS_URL
  record.source = not has_url and record.url ~= NO_URL and record.url or ''
  record.url = has_url and record.url or ''
  record.superseded, record.relation = record.rest.superseded or '', record.rest.relation or ''
  record.similarity = record.rest.similarity or 1
  record.story = record.flags >= OWN_STORY and record.id or record.rest.story or ''
  return record
end

function store.origin(record)
  local topic = record.topic > 0 and topic_of(string.byte(record.place), record.topic) or record.rest.topic
  return topic .. ':' .. record.partition .. ':' .. string.format('%.0f', record.offset)
end

local function has_name(record, name)
  local kind, bytes = string.sub(name, 1, 1), string.sub(name, 2)
  if kind == 'o' then return string.sub(record.owner, 1, 8) == bytes end
  if kind == 'i' and record.id_key == bytes or kind == 'u' and record.url == bytes then return true end
  if kind == 'c' and record.hash == bytes and record.flags % OWN_STORY >= OWNS_CONTENT then return true end
  for from = 1, #(record.rest.names or ''), 9 do
    if string.sub(record.rest.names, from, from + 8) == name then return true end
  end
  return false
end

-- The latest record that has a name and is still there.
local function holding(name)
  for _, place in ipairs(places_under(shelf, 'n', {four_of(name)})) do
    local record = read(place)
    if record and has_name(record, name) then return record end
  end
  return nil
end

-- Of those who had a name the newest stay; another name that looks like it in the index stays always: an owner
-- that is not found again would be a duplicate of itself.
local function list_name(name, place)
  list_under(shelf, 'n', four_of(name), place, function(count, other)
    local record = count >= HELD and read(other)
    return count < HELD or record and not has_name(record, name)
  end)
end

function store.expect(names)
  local fours = {}
  for n, name in ipairs(names) do fours[n] = four_of(named(name)) end
  expect(shelf, 'n', fours)
end

-- A signature without its anchors.
local function without_anchors(signature, fields)
  if not fields then return '' end
  return string.sub(signature, 1, 11) .. '\0' .. string.sub(signature, 13, #signature - 4 * string.byte(signature, 12))
end

function store.article(owner)
  local found = holding(named('o:' .. owner))
  return found and found.owner == raw(owner, OWNER) and found or nil
end

function store.holder(name)
  return name and holding(named(name)) or nil
end

function store.same_content(other, new)
  return other.hash == raw(new.hash, 8)
end

function store.same_url(other, new)
  return new.url_key ~= nil and other.url == raw(new.url_key, 8)
end

-- Of two records without URL: the hash of the source has its place.
function store.same_source(other, new)
  return other.source == (new.source and raw(new.source, 8) or '')
end

-- Owner and hashes as they are told to the operator.
function store.readable(found)
  return {hex(found.owner), hex(found.hash), hex(found.url)}
end

-- What an owner claimed: `told` is the answer, for its redeliveries; it holds `names` now.
function store.keep(new, told, signature, fields, names, ttl)
  local topic, partition, offset = string.match(new.origin, '^(.*):(%d+):(%d+)$')
  local number, owns_story = topic_number(topic), told.story == new.id
  local rest, listed, flags = {}, {}, (new.url_key and HAS_URL or 0) + (owns_story and OWN_STORY or 0)
  if number == 0 then rest.topic = topic end
  if told.superseded ~= '' then rest.superseded = told.superseded end
  if told.similarity ~= 1 then rest.similarity = told.similarity end
  if told.relation ~= '' then rest.relation = told.relation end
  if told.story ~= '' and not owns_story then rest.story = told.story end
  local record = {owner = raw(new.owner, OWNER), id = new.id, id_key = raw(new.id_key, 8), hash = raw(new.hash, 8),
    url = new.url_key and raw(new.url_key, 8) or '', source = new.source and raw(new.source, 8) or '', seen = tonumber(new.seen),
    version = told.version, topic = number, partition = tonumber(partition), offset = tonumber(offset),
    rest = rest, signature = without_anchors(signature, fields)}
  for n, name in ipairs(names) do
    listed[n] = named(name)
    if string.sub(name, 1, 1) == 'c' then flags = flags + OWNS_CONTENT end
  end
  record.flags = flags
  local place = put(shelf, write(record), record.owner)
  list_name(named('o:' .. new.owner), place)
  for _, name in ipairs(listed) do list_name(name, place) end
  list_sharing(shelf, anchors_of(fields), place, HELD)
end

-- The owner holds one name more.
function store.point(own, name, ttl)
  own.rest.names = (own.rest.names or '') .. named(name)
  replace(shelf, own.place, write(own))
  list_name(named(name), own.place)
end

-- The articles that share the most anchors with a signature.
function store.candidates(fields, most)
  return most_voted(places_sharing(shelf, anchors_of(fields)), most, read)
end

-- An article lives as long as its epoch: its redelivery does not prolong that.
function store.renew(own, ttl) end

-- Everything that one owner claimed is another's now: where it stands, nothing moves.
function store.take_over(dead, owner, origin, ttl)
  local topic, partition, offset = string.match(origin, '^(.*):(%d+):(%d+)$')
  dead.owner, dead.topic = raw(owner, OWNER), 0
  dead.partition, dead.offset, dead.rest.topic = tonumber(partition), tonumber(offset), topic
  replace(shelf, dead.place, write(dead))
  list_name(named('o:' .. owner), dead.place)
end

function store.forget(gone)
  replace(shelf, gone.place, '')
end
