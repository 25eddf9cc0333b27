-- Hashes written as hex, and ids that hold one, as bytes.

-- The first bytes of a hash written as hex; two at a time: the count is even.
local function raw(hex, bytes)
  local pairs_of = {}
  for n = 1, bytes / 2 do pairs_of[n] = tonumber(string.sub(hex, 4 * n - 3, 4 * n), 16) end
  return struct.pack(repeated('>', 'I2', bytes / 2), unpack(pairs_of))
end

local function hex(bytes)
  return string.format(string.rep('%02x', #bytes), string.byte(bytes, 1, #bytes))
end

-- The ids that Winnow makes where the crawler gives none (worker/stages/validate.py).
local MADE = {{'url-', '\1'}, {'text-', '\2'}}
local MADE_HEX = 32

-- An id in fewer bytes; the first one says how it is written.
local function short_id(id)
  for _, made in ipairs(MADE) do
    local start, mark = made[1], made[2]
    local digits = string.sub(id, #start + 1)
    if string.sub(id, 1, #start) == start and #digits == MADE_HEX and not string.find(digits, '[^%da-f]') then
      return mark .. raw(digits, MADE_HEX / 2)
    end
  end
  return '\0' .. id
end

local function long_id(bytes)
  local mark, rest = string.sub(bytes, 1, 1), string.sub(bytes, 2)
  for _, made in ipairs(MADE) do
    if mark == made[2] then return made[1] .. hex(rest) end
  end
  return rest
end
