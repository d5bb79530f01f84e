import { windowFields, withConstants } from './script-constants.ts';

const lua = `
local packed = redis.call('GET', KEYS[1])
if not packed then return '[]' end
local state, windows = cmsgpack.unpack(packed), {}
for i = 2, #KEYS do
  local index, calls = tonumber(ARGV[i - 1]), {}
  local log = state.w[index]
  if log then
    local flat = redis.call('LRANGE', KEYS[i], 0, -1)
    for c = 1, #flat, 2 do calls[#calls + 1] = { tonumber(flat[c]), tonumber(flat[c + 1]) } end
    if log[NEWEST] > 0 then calls[#calls + 1] = { log[NEWEST_AT], log[NEWEST] } end
    local recent = log[PREVIOUS] or 0
    windows[#windows + 1] = { index = index, now = state.now, cost = log[COST], recent = recent, calls = calls }
  end
end
return cjson.encode(windows)
`;

/**
 * Lua: reads what goes to the table: the calls in each window's log, the window's cost and its recent use. KEYS: the
 * state as `quota-state-script.ts` describes it, then the logs. ARGV: the index of each log's window.
 */
export const dumpScript = withConstants(lua, windowFields);
