-- Stories, as worker/dedupe/stories.py finds them, operation by operation; `STORY` (limits) comes from there.
-- Where they are kept: strings_stories.lua and packed_stories.lua.
--
-- prefix .. 's2:stream'        hash: how many articles have taught these counts, how many began a story
-- prefix .. 's2:terms'         string: BUCKETS counters of 4 bytes, how often a term counted, in tenths

local BUCKETS, BROUGHT = 262144, 10

-- What BITFIELD is asked: of each term 'INCRBY', 'u32', the place of its counter, by how much. The table is filled
-- anew for each article; a new one would have to grow each time.
local raises, PLACE = {}, 3

-- How often each term counted, in tenths. All are raised as for terms that an article brings to its story.
local function raised_counts(terms, ttl)
  if #terms == 0 then return {} end
  local size, format, more = 0, string.format, string.format('%d', BROUGHT)
  for n = 1, #terms, 2 do
    if not raises[size + 1] then raises[size + 1], raises[size + 2], raises[size + 4] = 'INCRBY', 'u32', more end
    raises[size + PLACE] = format('%d', terms[n] % BUCKETS * 32)
    size = size + 4
  end
  local counts = redis.call('BITFIELD', prefix .. 's2:terms', unpack(raises, 1, size))
  redis.call('PEXPIRE', prefix .. 's2:terms', ttl)
  return counts
end

local function weighed(terms, counts, articles)
  local seen, scale, log, keys = articles + 1 + STORY.smoothing, STORY.scale, math.log, {}
  for n = 1, #counts do
    local rarity = seen / ((counts[n] - BROUGHT) / 10 + 1)
    local weight = rarity > 1 and terms[2 * n] / scale * log(rarity) * FINE or 0
    if weight >= MOST then weight = MOST - 1 end
    keys[n] = (weight - weight % 1) * TERM + terms[2 * n - 1]
  end
  local article = heaviest(keys, STORY.article_terms)
  local length = length_of(article)
  if length == 0 then return {} end
  for n = 2, #article, 2 do
    local weight = article[n] * UNIT / length + 0.5
    article[n] = weight - weight % 1
  end
  return article
end

local function least_cosine(articles, stories)
  local cold = math.max(0, 1 - articles / STORY.cold_articles) * math.min(1, stories / STORY.cold_stories)
  return STORY.joined + STORY.cold * cold
end

-- The stories found under most of an article's terms, and where they stand.
local function story_candidates(article)
  local asked = {}
  for n = 1, math.min(#article / 2, STORY.asked) do asked[n] = article[2 * n - 1] end
  return most_voted(stories.under(asked), STORY.compared, function(place)
    local story = stories.at(place)
    return story and {place = place, story = story}
  end)
end

-- The place of the nearest story that is near enough, and what is stored there.
local function nearest_story(article, least)
  local weights, length = {}, length_of(article)
  for n = 1, #article, 2 do weights[article[n]] = article[n + 1] end
  local place, best, most = nil, nil, 0
  for _, candidate in ipairs(story_candidates(article)) do
    local story_length, product = measured(candidate.story, weights)
    local lengths = length * story_length
    local grown = math.max(0, 1 - UNIT / story_length)
    local over = (lengths > 0 and product / lengths or 0) - least - STORY.grown * grown
    if over > most then place, best, most = candidate.place, candidate.story, over end
  end
  return place, best
end

-- The heaviest terms of the sum; all are halved when one grows too heavy. `total`: the story by term, which
-- becomes the sum.
local function added(total, article)
  if not next(total) then
    local first = {}
    for n = 1, math.min(#article, 2 * STORY.single_terms) do first[n] = article[n] end
    return first
  end
  for n = 1, #article, 2 do
    local term = article[n]
    total[term] = (total[term] or 0) + article[n + 1]
  end
  local keys, size = {}, 0
  for term, weight in pairs(total) do
    size = size + 1
    keys[size] = (weight < MOST and weight or MOST - 1) * TERM + term
  end
  local sum = heaviest(keys, STORY.story_terms)
  while #sum > 0 and sum[2] >= MOST / 2 do
    for n = 2, #sum, 2 do sum[n] = math.floor(sum[n] / 2) end
  end
  return sum
end

-- One article more; its story had the terms of `known` before: these count for less.
local function learn(terms, known, began, ttl)
  redis.call('HINCRBY', prefix .. 's2:stream', 'articles', 1)
  if began then redis.call('HINCRBY', prefix .. 's2:stream', 'begun', 1) end
  redis.call('PEXPIRE', prefix .. 's2:stream', ttl)
  local lowered, size, less = {}, 0, string.format('%d', STORY.repeated - BROUGHT)
  for n = 1, #terms, 2 do
    if known[terms[n]] then
      lowered[size + 1], lowered[size + 2], lowered[size + 3] = 'INCRBY', 'u32', raises[2 * n - 2 + PLACE]
      lowered[size + 4], size = less, size + 4
    end
  end
  if size > 0 then redis.call('BITFIELD', prefix .. 's2:terms', unpack(lowered)) end
end

-- The id of the story that an article belongs to; its own id begins one. `joins`: the story of an article
-- that it shares its text with.
local function story_of(bytes, article_id, joins, ttl)
  local terms = read_terms(bytes)
  local told = redis.call('HMGET', prefix .. 's2:stream', 'articles', 'begun')
  local articles, begun = tonumber(told[1] or 0), tonumber(told[2] or 0)
  -- Redis would keep twice the room for a string that it lets grow.
  if articles == 0 then redis.call('SET', prefix .. 's2:terms', string.rep('\0', 4 * BUCKETS), 'NX', 'PX', ttl) end
  local article = weighed(terms, raised_counts(terms, ttl), articles)
  stories.open(ttl)
  local place, story
  if not joins then place, story = nearest_story(article, least_cosine(articles, begun)) end
  local story_id = joins or story and id_in(story) or article_id
  if not story then place, story = stories.called(story_id) end
  local before, listed = story and weights_in(story) or {}, {}
  learn(terms, before, not next(before), ttl)
  local after = added(before, article)
  for n = 1, math.min(#after / 2, STORY.listed) do listed[n] = after[2 * n - 1] end
  stories.put(place, story_id, stored(story_id, after), listed, ttl)
  return story_id
end
