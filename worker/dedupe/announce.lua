-- Leaves word that a replay of one owner's record will come: claim.lua lets it take over. Files before it: scripts.py.
-- KEYS[1] prefix of the namespace   ARGV[1] owner   ARGV[2] how long it is good for, in milliseconds
--
-- prefix .. 'r:' .. owner    string: nothing but that it is there

redis.call('SET', prefix .. 'r:' .. ARGV[1], '', 'PX', ARGV[2])
return 1
