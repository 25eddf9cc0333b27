-- Stories, as worker/dedupe/stories.py finds them, operation by operation; `STORY` (limits) comes from there.
--
-- prefix .. 's1:stream'        hash: stories begun, articles that joined one again
-- prefix .. 's1:terms'         string: BUCKETS counters of 4 bytes, in how many stories a term was
-- prefix .. 's1:s:' .. story   string: the story's id and its heaviest terms; lives since its last article
-- prefix .. 's1:t:' .. term    string: the latest stories listed under a term, 8 bytes each, newest first

local BUCKETS, REFERENCE = 262144, 8

local function read_terms(bytes)
  local terms = {}
  for from = 1, #bytes - 4, 5 do
    terms[#terms + 1] = {little(bytes, from, 4), string.byte(bytes, from + 4)}
  end
  return terms
end

local function heaviest_first(vector, most)
  table.sort(vector, function(a, b)
    if a[2] ~= b[2] then return a[2] > b[2] end
    return a[1] < b[1]
  end)
  for n = #vector, most + 1, -1 do vector[n] = nil end
  return vector
end

local function length(vector)
  local squares = 0
  for _, entry in ipairs(vector) do squares = squares + entry[2] * entry[2] end
  return math.sqrt(squares)
end

-- In how many stories each term was.
local function counts_of(prefix, terms)
  local asked = {}
  for _, entry in ipairs(terms) do
    asked[#asked + 1], asked[#asked + 2], asked[#asked + 3] = 'GET', 'u32', '#' .. entry[1] % BUCKETS
  end
  return redis.call('BITFIELD', prefix .. 's1:terms', unpack(asked))
end

local function weighed(prefix, terms)
  local told = redis.call('HMGET', prefix .. 's1:stream', 'begun', 'again')
  local stories = tonumber(told[1] or 0) + STORY.again * tonumber(told[2] or 0)
  local rare = {}
  for n, count in ipairs(counts_of(prefix, terms)) do
    local rarity = math.log(math.max(1, (stories + 1 + STORY.smoothing) / (count + 1)))
    rare[n] = {terms[n][1], terms[n][2] / STORY.scale * rarity}
  end
  heaviest_first(rare, STORY.article_terms)
  local whole = length(rare)
  if whole == 0 then return {} end
  for _, entry in ipairs(rare) do entry[2] = entry[2] / whole end
  return rare
end

-- Eight bytes that stand for a story's id.
local function reference(id)
  local hex = redis.sha1hex(id)
  return struct.pack('>I4I4', tonumber(string.sub(hex, 1, 8), 16), tonumber(string.sub(hex, 9, 16), 16))
end

-- The id and the terms of a story that still lives.
local function read_story(prefix, story)
  local bytes = redis.call('GET', prefix .. 's1:s:' .. story)
  if not bytes then return nil, {} end
  local size = little(bytes, 1, 2)
  local terms = {}
  for from = 3 + size, #bytes, 8 do
    local term, weight = struct.unpack('<I4f', bytes, from)
    terms[#terms + 1] = {term, weight}
  end
  return string.sub(bytes, 3, 2 + size), terms
end

local function term_key(prefix, term)
  return prefix .. 's1:t:' .. string.format('%08x', term)
end

local function under(prefix, term)
  local held, found = redis.call('GET', term_key(prefix, term)) or '', {}
  for from = 1, #held, REFERENCE do found[#found + 1] = string.sub(held, from, from + REFERENCE - 1) end
  return found
end

local function story_candidates(prefix, article)
  local votes, order = {}, {}
  for n = 1, math.min(#article, STORY.asked) do
    for _, story in ipairs(under(prefix, article[n][1])) do
      if not votes[story] then votes[story], order[#order + 1] = 0, {story = story, place = #order + 1} end
      votes[story] = votes[story] + 1
    end
  end
  table.sort(order, function(a, b)
    if votes[a.story] ~= votes[b.story] then return votes[a.story] > votes[b.story] end
    return a.place < b.place
  end)
  for n = #order, STORY.compared + 1, -1 do order[n] = nil end
  return order
end

local function cosine(article, story)
  local weights, product = {}, 0
  for _, entry in ipairs(story) do weights[entry[1]] = entry[2] end
  for _, entry in ipairs(article) do product = product + entry[2] * (weights[entry[1]] or 0) end
  return product / length(story)
end

local function nearest_story(prefix, article)
  local best, most = nil, STORY.joined
  for _, candidate in ipairs(story_candidates(prefix, article)) do
    local id, terms = read_story(prefix, candidate.story)
    if #terms > 0 then
      local near = cosine(article, terms)
      if near > most then best, most = id, near end
    end
  end
  return best
end

local function added(story, article)
  local total, order = {}, {}
  for _, vector in ipairs({story, article}) do
    for _, entry in ipairs(vector) do
      if not total[entry[1]] then
        total[entry[1]] = {entry[1], 0}
        order[#order + 1] = total[entry[1]]
      end
      total[entry[1]][2] = total[entry[1]][2] + entry[2]
    end
  end
  -- As four bytes hold it, before it is compared.
  for _, entry in ipairs(order) do entry[2] = struct.unpack('<f', struct.pack('<f', entry[2])) end
  return heaviest_first(order, STORY.story_terms)
end

local function put_story(prefix, id, terms, ttl)
  local story = reference(id)
  local bytes = {struct.pack('<H', #id), id}
  for _, entry in ipairs(terms) do bytes[#bytes + 1] = struct.pack('<I4f', entry[1], entry[2]) end
  redis.call('SET', prefix .. 's1:s:' .. story, table.concat(bytes), 'PX', ttl)
  for n = 1, math.min(#terms, STORY.listed) do
    local listed = under(prefix, terms[n][1])
    local known = false
    for _, other in ipairs(listed) do known = known or other == story end
    if not known then table.insert(listed, 1, story) end
    local held = table.concat(listed, '', 1, math.min(#listed, STORY.postings))
    redis.call('SET', term_key(prefix, terms[n][1]), held, 'PX', ttl)
  end
end

-- One article more, which began a story or joined one and brought terms.
local function learn(prefix, terms, known, began)
  redis.call('HINCRBY', prefix .. 's1:stream', began and 'begun' or 'again', 1)
  local raised = {}
  for _, entry in ipairs(terms) do
    if not known[entry[1]] then
      for _, word in ipairs({'INCRBY', 'u32', '#' .. entry[1] % BUCKETS, 1}) do raised[#raised + 1] = word end
    end
  end
  if #raised > 0 then redis.call('BITFIELD', prefix .. 's1:terms', unpack(raised)) end
end

-- The id of the story that an article belongs to; its own id begins one. `joins`: the story of an article
-- that it shares its text with.
local function story_of(prefix, bytes, article_id, joins, ttl)
  local terms = read_terms(bytes)
  local article = weighed(prefix, terms)
  local story_id = joins or nearest_story(prefix, article) or article_id
  local _, before = read_story(prefix, reference(story_id))
  local known = {}
  for _, entry in ipairs(before) do known[entry[1]] = true end
  put_story(prefix, story_id, added(before, article), ttl)
  learn(prefix, terms, known, #before == 0)
  return story_id
end
