-- Forgets what one owner claimed; the version that it superseded holds its identity again. near.lua and
-- anchors.lua stand before it (worker/dedupe/scripts.py).
-- KEYS[1] prefix of the namespace   ARGV[1] owner   Answers 1 if there was anything to forget.

local prefix, owner = KEYS[1], ARGV[1]
local claim = prefix .. 'a:' .. owner
local keys = redis.call('HGET', claim, 'keys')
if not keys then return 0 end

local previous = redis.call('HGET', claim, 'previous')
local before = previous ~= '' and prefix .. 'a:' .. previous or nil
local before_keys = before and redis.call('HGET', before, 'keys') or ''
for key in string.gmatch(keys, '%S+') do
  if redis.call('GET', key) == owner then
    if before_keys ~= '' and string.find(before_keys, key, 1, true) then
      redis.call('SET', key, previous, 'PX', math.max(redis.call('PTTL', before), 1))
    else
      redis.call('DEL', key)
    end
  end
end
local signature = read_signature(redis.call('HGET', claim, 'signature'))
if signature then let_anchors_go(prefix, signature, owner) end
redis.call('DEL', claim)
return 1
