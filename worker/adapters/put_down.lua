-- Nothing of this partition is in hand any more; a suspicion stays until its last record is behind.
-- KEYS[1] prefix   ARGV: place, holder
local note_key = KEYS[1] .. 'h:' .. ARGV[1]
local saved = redis.call('HMGET', note_key, 'holder', 'last', 'deaths', 'till')
if saved[1] == ARGV[2] and (saved[3] == '0' or tonumber(saved[2]) >= tonumber(saved[4])) then
  redis.call('DEL', note_key)
end
return 1
