-- Notes what a worker takes in hand of one partition, and tells what earlier notes say (delivery.md, P11).
-- KEYS[1] prefix   ARGV: place, holder, first, last, alive for (ms), note lives for (ms)
-- Answers {deaths, until, alone}. The twin in worker/adapters/memory.py says the same in Python.

local note_key = KEYS[1] .. 'h:' .. ARGV[1]
local holder, first, last = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local deaths, till, alone = 0, -1, 0

local saved = redis.call('HMGET', note_key, 'holder', 'first', 'last', 'deaths', 'till', 'alone')
if saved[1] then
  local was_first, was_last = tonumber(saved[2]), tonumber(saved[3])
  local was_deaths, was_till, was_alone = tonumber(saved[4]), tonumber(saved[5]), tonumber(saved[6])
  -- A holder of the same instance name is dead: only one process can hold that name.
  local instance = string.match(holder, '^(.*)/')
  local dead = saved[1] ~= holder
    and (string.match(saved[1], '^(.*)/') == instance or redis.call('EXISTS', KEYS[1] .. 'l:' .. saved[1]) == 0)
  if dead and first <= was_last then
    local common = was_deaths == 0 and was_last or math.min(was_till, was_last)
    local again = was_deaths > 0 and first <= common
    deaths = again and was_deaths + 1 or 1
    till = again and common or was_last
    alone = (was_first == was_last and was_first == first) and was_alone + 1 or 0
  elseif first <= was_till then
    deaths, till, alone = was_deaths, was_till, first == was_first and was_alone or 0
  end
end

redis.call('SET', KEYS[1] .. 'l:' .. holder, 1, 'PX', ARGV[5])
redis.call('HSET', note_key, 'holder', holder, 'first', first, 'last', last,
  'deaths', deaths, 'till', till, 'alone', alone)
redis.call('PEXPIRE', note_key, ARGV[6])
return {deaths, till, alone}
