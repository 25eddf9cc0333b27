-- Stories of the layout `strings`: a key for each of them and for each term; packed_stories.lua offers the same.
--
-- prefix .. 's2:s:' .. story   string: the story (vectors.lua); lives since its last article
-- prefix .. 's2:t:' .. term    string: the latest stories listed under a term, 8 bytes each, newest first

local REFERENCE = 8
local stories = {}

function stories.open(ttl) end

-- Eight bytes that stand for a story's id.
local function reference(id)
  local hex = redis.sha1hex(id)
  return struct.pack('>I4I4', tonumber(string.sub(hex, 1, 8), 16), tonumber(string.sub(hex, 9, 16), 16))
end

local function term_key(term)
  return prefix .. 's2:t:' .. string.format('%06x', term)
end

function stories.at(place)
  return redis.call('GET', prefix .. 's2:s:' .. place) or nil
end

-- Where a story stands, and what is stored there.
function stories.called(id)
  return reference(id), stories.at(reference(id))
end

-- What is listed under each term (or false), and the keys of it.
local function listed_under(terms)
  local keys = {}
  for n = 1, #terms do keys[n] = term_key(terms[n]) end
  return #keys > 0 and redis.call('MGET', unpack(keys)) or {}, keys
end

-- The places listed under terms, one term after the other, the newest first.
function stories.under(terms)
  local found, size, sub = {}, 0, string.sub
  for _, held in ipairs(listed_under(terms)) do
    for from = 1, #(held or ''), REFERENCE do
      size = size + 1
      found[size] = sub(held, from, from + REFERENCE - 1)
    end
  end
  return found
end

local function lists(held, place)
  for from = 1, #held, REFERENCE do
    if string.sub(held, from, from + REFERENCE - 1) == place then return true end
  end
  return false
end

function stories.put(place, id, story, terms, ttl)
  redis.call('SET', prefix .. 's2:s:' .. place, story, 'PX', ttl)
  local listed, keys = listed_under(terms)
  for n, key in ipairs(keys) do
    local held = listed[n] or ''
    if not lists(held, place) then held = string.sub(place .. held, 1, REFERENCE * STORY.postings) end
    redis.call('SET', key, held, 'PX', ttl)
  end
end
