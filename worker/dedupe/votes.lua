-- The owners with the most votes, at most `most`; of equals, those found first.

local function most_voted(found, most)
  local votes, order = {}, {}
  for _, owner in ipairs(found) do
    if not votes[owner] then
      votes[owner], order[#order + 1] = 0, {owner = owner, place = #order + 1}
    end
    votes[owner] = votes[owner] + 1
  end
  table.sort(order, function(a, b)
    if votes[a.owner] ~= votes[b.owner] then return votes[a.owner] > votes[b.owner] end
    return a.place < b.place
  end)
  local best = {}
  for n = 1, math.min(#order, most) do best[n] = order[n].owner end
  return best
end
