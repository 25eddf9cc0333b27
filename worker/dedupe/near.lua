-- Near-duplicates, decided as worker/dedupe/near.py decides, operation by operation; `LIMITS` comes from there.
-- The layout of a signature: worker/dedupe/signature.py.

local FP, VALUES, HEAD = 1, 128, 15

local function little(bytes, from, count)
  local value, unit = 0, 1
  for place = from, from + count - 1 do
    value, unit = value + string.byte(bytes, place) * unit, unit * 256
  end
  return value
end

local function numbers(bytes, from, width, count)
  local found = {}
  for n = 1, count do found[n] = little(bytes, from + (n - 1) * width, width) end
  return found
end

-- The fields of a signature; nil if there is none, or one of another version.
local function read_signature(bytes)
  if not bytes or #bytes < HEAD + VALUES or string.byte(bytes, 1) ~= FP then return nil end
  local anchors, sample, named = string.byte(bytes, 13, 15)
  local rest = HEAD + VALUES + 1
  return {
    words = little(bytes, 2, 2), shingles = little(bytes, 4, 2), hour = little(bytes, 6, 4),
    vocabulary = little(bytes, 10, 2), figures = string.byte(bytes, 12),
    minhash = {string.byte(bytes, HEAD + 1, HEAD + VALUES)},
    anchors = numbers(bytes, rest, 4, anchors),
    sample = numbers(bytes, rest + 4 * anchors, 2, sample),
    numbers = numbers(bytes, rest + 4 * anchors + 2 * sample, 2, named),
  }
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

local function compare(one, other)
  local equal, a, b = 0, one.minhash, other.minhash
  for n = 1, VALUES do
    if a[n] == b[n] then equal = equal + 1 end
  end
  local shingles = math.max(0, (equal / VALUES - 1 / 256) / (1 - 1 / 256))
  local fewer, more = math.min(one.shingles, other.shingles), math.max(one.shingles, other.shingles)
  local vocabulary = math.min(one.vocabulary, other.vocabulary)
  local words = math.min(shared(one.sample, one.vocabulary, other.sample, other.vocabulary), vocabulary)
  local facts = {
    shingles = shingles,
    words = ratio(words, one.vocabulary + other.vocabulary - words),
    part = math.min(1, ratio(shingles * (fewer + more), (1 + shingles) * fewer)),
    part_words = ratio(words, vocabulary),
    length = ratio(fewer, more),
    numbers_shared = shared(one.numbers, one.figures, other.numbers, other.figures),
    numbers_fewer = math.min(one.figures, other.figures),
    days = one.hour > 0 and other.hour > 0 and math.abs(one.hour - other.hour) / 24 or nil,
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

-- What `one` is to `other`: 'near', 'contained_in', 'contains' or ''; and the facts.
local function judge(one, other)
  local facts = compare(one, other)
  if facts.length >= LIMITS.length and facts.likeness >= needed(facts) then return 'near', facts end
  if is_part(facts) then return one.shingles < other.shingles and 'contained_in' or 'contains', facts end
  return '', facts
end

local function rounded(value)
  return math.floor(value * 10000 + 0.5) / 10000
end
