/**
 * Lua: reads what goes to the table: the calls in each window's log, the window's cost and its recent use. KEYS: the
 * state as `quota-script.ts` keeps it, then the logs. ARGV: the index of each log's window.
 */
export const dumpScript = `
local packed = redis.call('GET', KEYS[1])
if not packed then return '[]' end
local state, windows = cmsgpack.unpack(packed), {}
for i = 2, #KEYS do
  local w, calls = state.w[tonumber(ARGV[i - 1])], {}
  if w then
    local flat = redis.call('LRANGE', KEYS[i], 0, -1)
    for c = 1, #flat, 2 do calls[#calls + 1] = { tonumber(flat[c]), tonumber(flat[c + 1]) } end
    if w[3] > 0 then calls[#calls + 1] = { w[2], w[3] } end
    windows[#windows + 1] = { index = tonumber(ARGV[i - 1]), now = state.now, cost = w[6], recent = w[9] or 0, calls = calls }
  end
end
return cjson.encode(windows)
`;
