-- Claims an article again as the clean topic tells it, after Redis lost it. Files before it: scripts.py.
-- KEYS[1], ARGV[1..3]  as of claim.lua; ARGV[1] holds besides: version, superseded, relation, similarity, story
-- ARGV[4]  terms for its story; empty: none      ARGV[5]  time to live of a story, in milliseconds
-- Answers 1, or 0 if the owner has its claim. Articles may come in any order: the highest version stands.
-- A claim whose signature cannot be read (that of an older Winnow, or none) is made anew; its story has it already.

local new, ttl, signature = cjson.decode(ARGV[1]), ARGV[2], read_signature(ARGV[3])
new.seen = believed(new.seen)
local known = store.article(new.owner)
if known and (read_signature(known.signature) or not signature) then return 0 end
if known then store.forget(known) end

local names = {}
for _, name in ipairs({'i:' .. new.id_key, new.url_key and 'u:' .. new.url_key}) do
  local held = store.holder(name)
  if not held or held.version <= new.version then names[#names + 1] = name end
end
if not store.holder('c:' .. new.hash) then names[#names + 1] = 'c:' .. new.hash end
if not known and new.story ~= '' and ARGV[4] ~= '' then story_of(ARGV[4], new.id, new.story, ARGV[5]) end
redis.call('INCR', prefix .. 'claims')
store.keep(new, {version = new.version, superseded = new.superseded, similarity = new.similarity,
  relation = new.relation, story = new.story}, ARGV[3], signature, names, ttl)
return 1
