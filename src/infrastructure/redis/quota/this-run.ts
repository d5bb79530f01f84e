/**
 * Lua: `run` names this start of this server; empty where the server does not say. Asked for each take, so without a
 * pattern, which would begin anew at each character: that took as long as the asking.
 */
export const thisRun = `
local told, run = redis.pcall('INFO', 'server'), ''
local _, mark = string.find(type(told) == 'string' and told or '', 'run_id:', 1, true)
if mark then run = string.match(told, '^%w+', mark + 1) or '' end
`;
