-- Counts what one article shows of its source's habits; the same article counts once.
-- KEYS[1] prefix   ARGV: source, key of the source, place of the article, ms to live, articles until the single
-- sightings are forgotten, articles until all counts are halved, number of units, then for each unit its name
-- and its place, then the watched pairs of words. Answers 1 if it was counted.
-- The twin in worker/adapters/memory_tallies.py says the same in Python.

local counts = KEYS[1] .. 'k:' .. ARGV[2]
local articles, once = counts .. ':a', counts .. ':o'
local ttl, forget, halve, units = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])

if redis.call('SETBIT', articles, ARGV[3], 1) == 1 then return 0 end

local number = redis.call('HINCRBY', counts, 'n', 1)
for at = 8, 7 + 2 * units, 2 do
  local field = 'u ' .. ARGV[at]
  -- Most of what is seen once is never seen again: the first sighting is one bit.
  if redis.call('HEXISTS', counts, field) == 1 then
    redis.call('HINCRBY', counts, field, 1)
  elseif redis.call('SETBIT', once, ARGV[at + 1], 1) == 1 then
    redis.call('HSET', counts, field, 2)
  end
end
for at = 8 + 2 * units, #ARGV do
  redis.call('HINCRBY', counts, 'm ' .. ARGV[at], 1)
end

if number % forget == 0 then redis.call('DEL', once) end
if number >= halve then
  local all = redis.call('HGETALL', counts)
  for at = 1, #all, 2 do
    local half = math.floor(tonumber(all[at + 1]) / 2)
    if half > 0 then redis.call('HSET', counts, all[at], half) else redis.call('HDEL', counts, all[at]) end
  end
  redis.call('DEL', articles)
end
for _, key in ipairs({counts, articles, once}) do redis.call('PEXPIRE', key, ttl) end
redis.call('HSET', KEYS[1] .. 'k', ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1] .. 'k', ttl)
return 1
