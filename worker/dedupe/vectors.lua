-- Articles and stories as vectors, flat: term, weight, term, weight …, heaviest first; weights are whole numbers.
-- As worker/dedupe/stories.py has them.
--
-- A stored story: length of its id (2 bytes), id (ids.lua), heaviest weight (4), and for each term 3 bytes, and 1 of
-- its weight in 255ths of the heaviest.
--
-- These loops are most of what a claim costs. So `x - x % 1` is math.floor(x) without a call.

local UNIT, MOST, TERM, FINE, STEPS = 4096, 1048576, 16777216, 10000, 255

local function read_terms(bytes)
  local terms = {struct.unpack(repeated('<', 'I4B', #bytes / 5), bytes)}
  terms[#terms] = nil -- where it stopped reading
  return terms
end

-- The heaviest entries of a vector whose entries are each one number, weight * TERM + term.
local function heaviest(keys, most)
  table.sort(keys)
  local vector, size = {}, 0
  for n = #keys, math.max(1, #keys - most + 1), -1 do
    local term = keys[n] % TERM
    vector[size + 1], vector[size + 2], size = term, (keys[n] - term) / TERM, size + 2
  end
  return vector
end

local function length_of(vector)
  local squares = 0
  for n = 2, #vector, 2 do
    local weight = vector[n]
    squares = squares + weight * weight
  end
  return math.sqrt(squares)
end

local function id_in(story)
  local length = struct.unpack('<I2', story)
  return long_id(string.sub(story, 3, length + 2))
end

-- Terms with the steps of their weights, and the heaviest weight.
local function steps_in(story)
  local from = struct.unpack('<I2', story) + 3
  local heavy = struct.unpack('<I4', story, from)
  local steps = {struct.unpack(repeated('<', 'I3B', (#story - from - 3) / 4), story, from + 4)}
  steps[#steps] = nil
  return steps, heavy
end

-- The weights of a story by term.
local function weights_in(story)
  local weights, steps, heavy = {}, steps_in(story)
  for n = 1, #steps, 2 do
    local weight = steps[n + 1] * heavy / STEPS
    weights[steps[n]] = weight - weight % 1
  end
  return weights
end

-- The length of a story, and its product with a vector whose weights by term these are.
local function measured(story, weights)
  local squares, product, steps, heavy = 0, 0, steps_in(story)
  for n = 1, #steps, 2 do
    local weight, other = steps[n + 1] * heavy / STEPS, weights[steps[n]]
    weight = weight - weight % 1
    squares = squares + weight * weight
    if other then product = product + weight * other end
  end
  return math.sqrt(squares), product
end

-- A term whose weight is under half a step is left out.
local function stored(id, terms)
  local heavy = terms[2] or 0
  local short, half, codes = short_id(id), math.floor(heavy / 2), {}
  for n = 1, #terms, 2 do
    local step = (terms[n + 1] * STEPS + half) / heavy
    if step < 1 then break end
    codes[n], codes[n + 1] = terms[n], step - step % 1
  end
  return struct.pack('<I2', #short) .. short
    .. struct.pack(repeated('<I4', 'I3B', #codes / 2), heavy, unpack(codes))
end
