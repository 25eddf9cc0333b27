-- What `read` finds at the places with the most votes, at most `most`; of equals, those found first. A place where
-- nothing is left does not count: what has moved or gone would hide what is there.

local function most_voted(found, most, read)
  local votes, order, highest = {}, {}, 0
  for n = 1, #found do
    local one = found[n]
    local count = votes[one]
    if not count then count, order[#order + 1] = 0, one end
    votes[one] = count + 1
    if count >= highest then highest = count + 1 end
  end
  local ranks, best = {}, {}
  for count = 1, highest do ranks[count] = {} end
  for n = 1, #order do
    local rank = ranks[votes[order[n]]]
    rank[#rank + 1] = order[n]
  end
  for count = highest, 1, -1 do
    for _, one in ipairs(ranks[count]) do
      if #best == most then return best end
      best[#best + 1] = read(one)
    end
  end
  return best
end
