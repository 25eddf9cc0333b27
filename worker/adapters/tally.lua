-- The counts of one source. KEYS[1] prefix   ARGV: key of the source, its name
-- A source that expired is taken off the list.
local all = redis.call('HGETALL', KEYS[1] .. 'k:' .. ARGV[1])
if #all == 0 then redis.call('HDEL', KEYS[1] .. 'k', ARGV[2]) end
return all
