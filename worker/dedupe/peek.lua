-- The article that holds a name, for the operator. Files before it: scripts.py.
-- KEYS[1] prefix of the namespace   ARGV[1] name: 'i:', 'u:' or 'c:' and a hash   Answers its fields, or nothing.

local found = store.holder(ARGV[1])
if not found then return {} end
local owner, hash, url = unpack(store.readable(found))
return {owner, found.id, found.version, hash, url, found.origin or store.origin(found), found.story, found.signature}
