-- Leaves the mark of a worker; answers the one that it had left before.
-- KEYS[1] prefix   ARGV: worker, mark, how long it lives (ms)
local key = KEYS[1] .. 'm:' .. ARGV[1]
local before = redis.call('GET', key)
redis.call('SET', key, ARGV[2], 'PX', ARGV[3])
return before
