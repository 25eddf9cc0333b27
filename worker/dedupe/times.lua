-- When an article was seen, as far as it can be believed; `AHEAD` comes from worker/dedupe/times.py.

-- A time from the future is now. All claims go by this one clock, so that of two such records the later one is
-- never older.
local function believed(seen)
  local now = tonumber(redis.call('TIME')[1]) * 1000
  return tonumber(seen) > now + AHEAD and string.format('%.0f', now) or seen
end

-- Nobody knows when it was (0 or less): then it is not older than anything.
local function is_older(new, current)
  return tonumber(new.seen) > 0 and tonumber(new.seen) < tonumber(current.seen)
end
