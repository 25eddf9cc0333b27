-- Near-duplicates, decided as worker/dedupe/near.py decides, operation by operation; `LIMITS` comes from there.
-- The layout of a signature: worker/dedupe/signature.py.

local FP, VALUES, BITS, SUBJECTS, HEAD = 2, 128, 512, 128, 12
local BITMAP = HEAD + VALUES
local REST = BITMAP + BITS / 8 + SUBJECTS / 8

local LEAST_PART = math.min(LIMITS.part, LIMITS.part_far)

-- A format of struct: `first`, and so many times `form`. Most are asked for again.
local FORMS = {}

local function repeated(first, form, count)
  local known = FORMS[first .. form] or {}
  known[count] = known[count] or first .. string.rep(form, count)
  FORMS[first .. form] = known
  return known[count]
end

local function numbers(bytes, from, form, count)
  local found = {struct.unpack(repeated('<', form, count), bytes, from)}
  found[#found] = nil -- where it stopped reading
  return found
end

-- The fields of a signature; nil if there is none, or one of another version.
local function read_signature(bytes)
  if not bytes or #bytes < REST or string.byte(bytes, 1) ~= FP then return nil end
  local words, shingles, hour, figures = struct.unpack('<I2I2I4B', bytes, 2)
  return {words = words, shingles = shingles, hour = hour, figures = figures, bytes = bytes}
end

-- None of no signature.
local function anchors_of(fields)
  if not fields then return {} end
  local named, anchors = string.byte(fields.bytes, 11, 12)
  return numbers(fields.bytes, REST + 1 + 2 * named, 'I4', anchors)
end

local function ratio(part, whole)
  if whole == 0 then return 0 end
  return part / whole
end

local function shared(one, size, other, other_size)
  if size < other_size then one, size, other = other, other_size, one end
  if #one == 0 then return 0 end
  local known, both = {}, 0
  for _, value in ipairs(other) do known[value] = true end
  for _, value in ipairs(one) do
    if known[value] then both = both + 1 end
  end
  return both / #one * size
end

local function minhash_of(fields)
  fields.minhash = fields.minhash or {string.byte(fields.bytes, HEAD + 1, HEAD + VALUES)}
  return fields.minhash
end

-- Estimated Jaccard of the shingles, and share of the shorter text's that the longer one has.
local function shingles_of(one, other)
  local equal, a, b = 0, minhash_of(one), minhash_of(other)
  for n = 1, VALUES do
    if a[n] == b[n] then equal = equal + 1 end
  end
  local shingles = math.max(0, (equal / VALUES - 1 / 256) / (1 - 1 / 256))
  local fewer = math.min(one.shingles, other.shingles)
  return shingles, math.min(1, ratio(shingles * (one.shingles + other.shingles), (1 + shingles) * fewer))
end

local BIT_COUNT = {[0] = 0}

-- The places in the bitmap whose words are subjects: a bit for each of the first that are set. Both are gone
-- through bit by bit, without a call: this is much of what comparing two signatures costs.
local function subjects_of(bitmap, marks)
  local found, count, mark = {}, 0, marks[1]
  for n = 1, BITS / 8 do
    local byte, place = bitmap[n], 8 * n - 8
    while byte > 0 do
      local set = byte % 2
      if set == 1 then
        local marked = mark % 2
        if marked == 1 then found[#found + 1] = place end
        count = count + 1
        if count == SUBJECTS then return found end
        mark = count % 8 == 0 and marks[count / 8 + 1] or (mark - marked) / 2
      end
      byte, place = (byte - set) / 2, place + 1
    end
  end
  return found
end

-- Bitmap, subjects and numbers as tables: only a pair that may be one text needs them.
local function spread(fields)
  if fields.bitmap then return end
  while #BIT_COUNT < 255 do
    local size = #BIT_COUNT + 1
    for byte = 0, size - 1 do BIT_COUNT[size + byte] = BIT_COUNT[byte] + 1 end
  end
  fields.bitmap = {string.byte(fields.bytes, BITMAP + 1, BITMAP + BITS / 8)}
  fields.subjects = subjects_of(fields.bitmap, {string.byte(fields.bytes, BITMAP + BITS / 8 + 1, REST)})
  fields.numbers = numbers(fields.bytes, REST + 1, 'I2', string.byte(fields.bytes, 11))
end

-- How many words set so many of the bits (linear counting: some fall on one bit).
local function distinct(set)
  return -BITS * math.log(math.max(BITS - set, 0.5) / BITS)
end

-- Bits set in the one bitmap, in the other, in either.
local function bits_of(one, other)
  local mine, theirs, either = 0, 0, 0
  for n = 1, BITS / 8 do
    local a, b = one.bitmap[n], other.bitmap[n]
    mine, theirs = mine + BIT_COUNT[a], theirs + BIT_COUNT[b]
    either = either + BIT_COUNT[bit.bor(a, b)]
  end
  return mine, theirs, either
end

-- How many of these bits are not set.
local function lacking(places, bitmap)
  local missing = 0
  for _, place in ipairs(places) do
    local byte = bitmap[math.floor(place / 8) + 1]
    if bit.band(byte, bit.lshift(1, place % 8)) == 0 then missing = missing + 1 end
  end
  return missing
end

-- `here` subjects of the other text are lacking in the one, `there` of the one in the other.
local function apart(here, there, one, other)
  if here == 0 or there == 0 then return 0 end
  return here / (#other.subjects + LIMITS.few) + there / (#one.subjects + LIMITS.few)
end

local function compare(one, other)
  spread(one)
  spread(other)
  local shingles, part = shingles_of(one, other)
  local fewer, more = math.min(one.shingles, other.shingles), math.max(one.shingles, other.shingles)
  local mine_bits, their_bits, either_bits = bits_of(one, other)
  local mine, theirs, either = distinct(mine_bits), distinct(their_bits), distinct(either_bits)
  local here, there = lacking(other.subjects, one.bitmap), lacking(one.subjects, other.bitmap)
  local both = math.max(0, mine + theirs - either)
  local facts = {
    shingles = shingles,
    words = ratio(both, either),
    part = part,
    part_words = math.min(1, ratio(both, math.min(mine, theirs))),
    length = ratio(fewer, more),
    numbers_shared = shared(one.numbers, one.figures, other.numbers, other.figures),
    numbers_fewer = math.min(one.figures, other.figures),
    days = one.hour > 0 and other.hour > 0 and math.abs(one.hour - other.hour) / 24 or nil,
    apart = apart(here, there, one, other),
    swapped = math.min(here, there) > 0 and here + there > 2
      and (here + there) / (2 * either_bits - mine_bits - their_bits) or 0,
    shortest = math.min(one.words, other.words),
  }
  facts.likeness = (facts.shingles + facts.words) / 2
  return facts
end

local function needed(facts)
  local close = facts.days and facts.days <= LIMITS.close_days
  local least = close and LIMITS.close or LIMITS.far
  if facts.numbers_fewer > 0 and facts.numbers_shared < 0.5 * facts.numbers_fewer then
    least = facts.numbers_fewer > 1 and LIMITS.bulletin or least + LIMITS.disputed
  elseif not close and facts.numbers_shared >= 2 and facts.numbers_shared >= 0.75 * facts.numbers_fewer then
    least = least - LIMITS.agreed
  end
  if facts.apart >= LIMITS.apart or facts.swapped >= LIMITS.swapped then least = math.max(least, LIMITS.formula) end
  if facts.shortest < LIMITS.short_words then
    local same_day = facts.days and facts.days <= LIMITS.short_days
    least = same_day and math.max(least, LIMITS.short) or 2
  end
  return least
end

local function is_part(facts)
  local close = facts.days and facts.days <= LIMITS.part_days
  local least = close and LIMITS.part or LIMITS.part_far
  return facts.length < LIMITS.part_length and facts.part >= least and facts.part_words >= LIMITS.part_words
end

-- What `one` is to `other`: 'near', 'contained_in', 'contains' or ''; and the facts, but of '' none. Most pairs share
-- an anchor and nothing else: that shows before the words are looked at, even if they were all the same.
local function judge(one, other)
  local shingles, part = shingles_of(one, other)
  if (shingles + 1) / 2 < LIMITS.least and part < LEAST_PART then return '' end
  local facts = compare(one, other)
  if facts.length >= LIMITS.length and facts.likeness >= needed(facts) then return 'near', facts end
  if is_part(facts) then return one.shingles < other.shingles and 'contained_in' or 'contains', facts end
  return ''
end

local function rounded(value)
  return math.floor(value * 10000 + 0.5) / 10000
end
