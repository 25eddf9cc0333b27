-- Stories, as worker/dedupe/stories.py finds them, operation by operation; `STORY` (limits) comes from there.
--
-- prefix .. 's1:stream'        hash: how many articles have taught these counts, how many began a story
-- prefix .. 's1:terms'         string: BUCKETS counters of 4 bytes, how often a term counted, in tenths
-- prefix .. 's1:s:' .. story   string: the story's id and its heaviest terms; lives since its last article
-- prefix .. 's1:t:' .. term    string: the latest stories listed under a term, 8 bytes each, newest first

local BUCKETS, REFERENCE = 262144, 8
local UNIT, MOST, TERM, FINE = 4096, 1048576, 4294967296, 10000

-- Vectors are flat here: term, weight, term, weight …; weights are whole numbers.

local function read_terms(bytes)
  local terms = {}
  for n = 1, math.floor(#bytes / 5) do
    local term, weight = struct.unpack('<I4B', bytes, 5 * n - 4)
    terms[2 * n - 1], terms[2 * n] = term, weight
  end
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

local function squares(vector)
  local sum = 0
  for n = 2, #vector, 2 do sum = sum + vector[n] * vector[n] end
  return sum
end

-- How often each term counted, in tenths.
local function counts_of(prefix, terms)
  local asked = {}
  for n = 1, #terms / 2 do
    local at = 3 * n
    asked[at - 2], asked[at - 1], asked[at] = 'GET', 'u32', terms[2 * n - 1] % BUCKETS * 32
  end
  return #asked > 0 and redis.call('BITFIELD', prefix .. 's1:terms', unpack(asked)) or {}
end

local function weighed(terms, counts, articles)
  local seen, keys = articles + 1 + STORY.smoothing, {}
  for n = 1, #counts do
    local rarity = math.log(math.max(1, seen / (counts[n] / 10 + 1)))
    local weight = math.floor(terms[2 * n] / STORY.scale * rarity * FINE)
    keys[n] = math.min(weight, MOST - 1) * TERM + terms[2 * n - 1]
  end
  local article = heaviest(keys, STORY.article_terms)
  local length = math.sqrt(squares(article))
  if length == 0 then return {} end
  for n = 2, #article, 2 do article[n] = math.floor(article[n] * UNIT / length + 0.5) end
  return article
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
  return unpack(cmsgpack.unpack(bytes))
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
  local found = {}
  for n = 1, math.min(#article / 2, STORY.asked) do
    for _, story in ipairs(under(prefix, article[2 * n - 1])) do found[#found + 1] = story end
  end
  return most_voted(found, STORY.compared)
end

local function least_cosine(articles, stories)
  local cold = math.max(0, 1 - articles / STORY.cold_articles) * math.min(1, stories / STORY.cold_stories)
  return STORY.joined + STORY.cold * cold
end

local function nearest_story(prefix, article, least)
  local weights, length = {}, math.sqrt(squares(article))
  for n = 1, #article, 2 do weights[article[n]] = article[n + 1] end
  local best, most = nil, 0
  for _, candidate in ipairs(story_candidates(prefix, article)) do
    local id, terms = read_story(prefix, candidate)
    if #terms > 0 then
      local product = 0
      for n = 1, #terms, 2 do product = product + terms[n + 1] * (weights[terms[n]] or 0) end
      local story_length = math.sqrt(squares(terms))
      local lengths = length * story_length
      local grown = math.max(0, 1 - UNIT / story_length)
      local over = (lengths > 0 and product / lengths or 0) - least - STORY.grown * grown
      if over > most then best, most = id, over end
    end
  end
  return best
end

-- The heaviest terms of the sum; all are halved when one grows too heavy.
local function added(story, article)
  local total, keys = {}, {}
  for n = 1, #story, 2 do total[story[n]] = story[n + 1] end
  for n = 1, #article, 2 do total[article[n]] = (total[article[n]] or 0) + article[n + 1] end
  local size = 0
  for term, weight in pairs(total) do
    size = size + 1
    keys[size] = math.min(weight, MOST - 1) * TERM + term
  end
  local sum = heaviest(keys, STORY.story_terms)
  while #sum > 0 and sum[2] >= MOST / 2 do
    for n = 2, #sum, 2 do sum[n] = math.floor(sum[n] / 2) end
  end
  return sum
end

local function put_story(prefix, id, terms, ttl)
  local story = reference(id)
  redis.call('SET', prefix .. 's1:s:' .. story, cmsgpack.pack({id, terms}), 'PX', ttl)
  for n = 1, math.min(#terms / 2, STORY.listed) do
    local term = terms[2 * n - 1]
    local listed = under(prefix, term)
    local known = false
    for _, other in ipairs(listed) do known = known or other == story end
    if not known then table.insert(listed, 1, story) end
    local held = table.concat(listed, '', 1, math.min(#listed, STORY.postings))
    redis.call('SET', term_key(prefix, term), held, 'PX', ttl)
  end
end

-- One article more; `known` are the terms that its story had before.
local function learn(prefix, terms, known, began, ttl)
  redis.call('HINCRBY', prefix .. 's1:stream', 'articles', 1)
  if began then redis.call('HINCRBY', prefix .. 's1:stream', 'begun', 1) end
  redis.call('PEXPIRE', prefix .. 's1:stream', ttl)
  local raised, size = {}, 0
  for n = 1, #terms, 2 do
    raised[size + 1], raised[size + 2], raised[size + 3] = 'INCRBY', 'u32', terms[n] % BUCKETS * 32
    raised[size + 4], size = known[terms[n]] and STORY.repeated or 10, size + 4
  end
  if size > 0 then
    redis.call('BITFIELD', prefix .. 's1:terms', unpack(raised))
    redis.call('PEXPIRE', prefix .. 's1:terms', ttl)
  end
end

-- The id of the story that an article belongs to; its own id begins one. `joins`: the story of an article
-- that it shares its text with.
local function story_of(prefix, bytes, article_id, joins, ttl)
  local terms = read_terms(bytes)
  local told = redis.call('HMGET', prefix .. 's1:stream', 'articles', 'begun')
  local articles, stories = tonumber(told[1] or 0), tonumber(told[2] or 0)
  local article = weighed(terms, counts_of(prefix, terms), articles)
  local story_id = joins or nearest_story(prefix, article, least_cosine(articles, stories)) or article_id
  local _, before = read_story(prefix, reference(story_id))
  local known = {}
  for n = 1, #before, 2 do known[before[n]] = true end
  put_story(prefix, story_id, added(before, article), ttl)
  learn(prefix, terms, known, #before == 0, ttl)
  return story_id
end
