-- Forgets what one owner claimed; the version that it superseded stands again. Files before it: scripts.py.
-- KEYS[1] prefix of the namespace   ARGV[1] owner   Answers 1 if there was anything to forget.

local gone = store.article(ARGV[1])
if not gone then return 0 end
store.forget(gone)
return 1
