-- Stories of the layout `packed`: a shelf by epoch (epochs.lua), whose index knows them by id and terms. A story
-- moves on to the present epoch with each article that it gets; so it lives since its last one.
--
-- prefix .. 's2:' .. epoch .. ':l:', ':n:', ':x:'  stories (vectors.lua), the index of their ids, that of their terms

local stories, story_shelf = {}, nil

function stories.open(ttl)
  local share = ttl / PACKED.ttl
  story_shelf = shelf_of('s2', tonumber(ttl), PACKED.articles * share, 1, STORY.listed)
end

local function four_of_id(id)
  return struct.pack('>I4', tonumber(string.sub(redis.sha1hex(id), 1, 8), 16))
end

function stories.at(place)
  return at(story_shelf, place)
end

-- Where a story stands, and what is stored there; nil: nowhere.
function stories.called(id)
  for _, place in ipairs(places_under(story_shelf, 'n', {four_of_id(id)})) do
    local story = stories.at(place)
    if story and id_in(story) == id then return place, story end
  end
  return nil, nil
end

-- The places listed under terms, one term after the other, the newest first.
function stories.under(terms)
  return places_sharing(story_shelf, terms)
end

-- Keeps a story that stood at `place` until now (nil: nowhere), and lists it under these terms.
function stories.put(place, id, story, terms, ttl)
  if place and string.byte(place) == 1 then
    replace(story_shelf, place, story)
  else
    if place then replace(story_shelf, place, '') end
    place = put(story_shelf, story, four_of_id(id))
    list_under(story_shelf, 'n', four_of_id(id), place, function(count) return count < STORY.postings end)
  end
  list_sharing(story_shelf, terms, place, STORY.postings)
end
