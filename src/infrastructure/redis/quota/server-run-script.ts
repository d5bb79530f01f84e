/**
 * Lua: sets `run` to the run id of this server process; empty where the server does not tell it. Every take needs it,
 * so it is found by a plain search first: matching a pattern over the whole text took as long as the INFO command
 * itself.
 */
export const serverRun = `
local info, run = redis.pcall('INFO', 'server'), ''
local _, mark = string.find(type(info) == 'string' and info or '', 'run_id:', 1, true)
if mark then run = string.match(info, '^%w+', mark + 1) or '' end
`;
