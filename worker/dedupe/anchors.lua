-- Which claimed articles share anchors with a signature. String layout: one key per anchor,
-- prefix .. 'n1:' .. anchor, that holds the owners of the latest HELD articles with it, newest first.

local HELD, OWNER, CANDIDATES = 8, 32, 8

local function anchor_key(prefix, anchor)
  return prefix .. 'n1:' .. string.format('%08x', anchor)
end

local function hold_anchors(prefix, signature, owner, ttl)
  for _, anchor in ipairs(signature.anchors) do
    local key = anchor_key(prefix, anchor)
    local held = redis.call('GET', key) or ''
    if not string.find(held, owner, 1, true) then held = string.sub(owner .. held, 1, HELD * OWNER) end
    redis.call('SET', key, held, 'PX', ttl)
  end
end

local function let_anchors_go(prefix, signature, owner)
  for _, anchor in ipairs(signature.anchors) do
    local key = anchor_key(prefix, anchor)
    local held = redis.call('GET', key) or ''
    local from, to = string.find(held, owner, 1, true)
    if from then
      held = string.sub(held, 1, from - 1) .. string.sub(held, to + 1)
      if held == '' then redis.call('DEL', key) else redis.call('SET', key, held, 'KEEPTTL') end
    end
  end
end

-- The owners that share the most anchors, at most CANDIDATES; of equals, those found first.
local function candidates(prefix, signature)
  local votes, order = {}, {}
  for _, anchor in ipairs(signature.anchors) do
    local held = redis.call('GET', anchor_key(prefix, anchor)) or ''
    for from = 1, #held, OWNER do
      local owner = string.sub(held, from, from + OWNER - 1)
      if not votes[owner] then
        votes[owner], order[#order + 1] = 0, {owner = owner, place = #order + 1}
      end
      votes[owner] = votes[owner] + 1
    end
  end
  table.sort(order, function(a, b)
    if votes[a.owner] ~= votes[b.owner] then return votes[a.owner] > votes[b.owner] end
    return a.place < b.place
  end)
  local found = {}
  for n = 1, math.min(#order, CANDIDATES) do found[n] = order[n].owner end
  return found
end
