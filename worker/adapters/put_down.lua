-- Of this partition all is settled up to an offset, or (0) all that is in hand is given up. The note stays while
-- more is in hand; a suspicion until its last record is settled, not only given up to be taken again one by one.
-- KEYS[1] prefix   ARGV: place, holder, offset up to which the place is settled
local note_key = KEYS[1] .. 'h:' .. ARGV[1]
local saved = redis.call('HMGET', note_key, 'holder', 'last', 'deaths', 'till')
local settled, last = tonumber(ARGV[3]), tonumber(saved[2] or -1)
local is_given_up = settled == 0 and saved[3] == '0'
local is_done = settled > last and (saved[3] == '0' or last >= tonumber(saved[4] or -1))
if saved[1] == ARGV[2] and (is_given_up or is_done) then redis.call('DEL', note_key) end
if settled > 0 then redis.call('HSET', KEYS[1] .. 'settled', ARGV[1], ARGV[3]) end
return 1
