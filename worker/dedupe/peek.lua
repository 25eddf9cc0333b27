-- The article that holds a name, for the operator. Files before it: scripts.py.
-- KEYS[1] prefix of the namespace   ARGV[1] name: 'i:', 'u:' or 'c:' and a hash   Answers its fields, or nothing.

local found = store.holder(ARGV[1])
if not found then return {} end
return {found.owner, found.id, found.version, found.hash, found.url, found.origin, found.story, found.signature}
