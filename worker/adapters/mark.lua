-- Leaves the mark of a worker; answers the one that it had left before. A lower one comes late, out of a connection
-- that the worker had given up: it says nothing of a loss, and leaves nothing.
-- KEYS[1] prefix   ARGV: worker, mark, how long it lives (ms)
local key = KEYS[1] .. 'm:' .. ARGV[1]
local before = redis.call('GET', key)
if tonumber(before or 0) <= tonumber(ARGV[2]) then redis.call('SET', key, ARGV[2], 'PX', ARGV[3]) end
return before
