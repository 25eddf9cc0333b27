-- Nothing of this partition is in hand any more; a suspicion stays until its last record is behind: settled,
-- not only given up to be taken again one by one.
-- KEYS[1] prefix   ARGV: place, holder, offset up to which the place is settled (0: no news)
local note_key = KEYS[1] .. 'h:' .. ARGV[1]
local saved = redis.call('HMGET', note_key, 'holder', 'last', 'deaths', 'till')
local is_behind = ARGV[3] ~= '0' and saved[1] and tonumber(saved[2]) >= tonumber(saved[4])
if saved[1] == ARGV[2] and (saved[3] == '0' or is_behind) then
  redis.call('DEL', note_key)
end
if ARGV[3] ~= '0' then redis.call('HSET', KEYS[1] .. 'settled', ARGV[1], ARGV[3]) end
return 1
