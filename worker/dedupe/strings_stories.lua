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

-- The places listed under terms, one term after the other, the newest first.
function stories.under(terms)
  local keys, found = {}, {}
  for n, term in ipairs(terms) do keys[n] = term_key(term) end
  for _, held in ipairs(#keys > 0 and redis.call('MGET', unpack(keys)) or {}) do
    for from = 1, #(held or ''), REFERENCE do
      found[#found + 1] = string.sub(held, from, from + REFERENCE - 1)
    end
  end
  return found
end

function stories.put(place, id, story, terms, ttl)
  redis.call('SET', prefix .. 's2:s:' .. place, story, 'PX', ttl)
  for _, term in ipairs(terms) do
    local listed, known = stories.under({term}), false
    for _, other in ipairs(listed) do known = known or other == place end
    if not known then table.insert(listed, 1, place) end
    local held = table.concat(listed, '', 1, math.min(#listed, STORY.postings))
    redis.call('SET', term_key(term), held, 'PX', ttl)
  end
end
