/**
 * Lua, for `quota-script.ts`: what is done with the log of one window. `w`: the window as the state has it,
 * whose fields are named there; `list`: the key of its log, times and units by turns, oldest first. The newest
 * slot is in `w` alone.
 */
export const windowLog = `
-- Whether the log lacks what the state says is in it. The log expires a minute after its window, the state with its
-- longest: what is older than that need not be there.
local function isEvicted(w, list, spec)
  if not w or w[L] == 0 or redis.call('LLEN', list) == w[L] * 2 then return false end
  return w[A] > clock - spec.length - 60000 + spec.arrival + spec.slot
end

-- Of the oldest ones, entries of which all was delayed: nothing that counts leaves with them.
local function dropSpent(w, list)
  while w[L] > 0 and redis.call('LINDEX', list, 1) == '0' do
    redis.call('LTRIM', list, 2, -1)
    w[L], w[H] = w[L] - 1, tonumber(redis.call('LINDEX', list, 0) or 0)
  end
end

local function dropUntil(w, list, edge)
  local before, size = w[T], 8
  while w[L] > 0 and w[H] <= edge do
    local chunk = redis.call('LRANGE', list, 0, size - 1)
    local gone = 0
    while gone < #chunk and tonumber(chunk[gone + 1]) <= edge do
      w[T] = w[T] - tonumber(chunk[gone + 2])
      gone = gone + 2
    end
    if #chunk == 0 then w[L], w[T] = 0, w[N] end
    redis.call('LTRIM', list, gone, -1)
    w[L] = math.max(0, w[L] - gone / 2)
    w[H] = tonumber(chunk[gone + 1] or redis.call('LINDEX', list, 0) or 0)
    if (chunk[gone + 2] or '0') == '0' then dropSpent(w, list) end
    size = math.min(size * 4, 1024)
  end
  if w[L] == 0 and w[A] <= edge then w[T], w[N] = 0, 0 end
  if before > 0 then w[C] = w[C] * w[T] / before end
end

local function count(w, list, at, units, spec)
  local slot = spec.slot
  -- Ascending, whatever the arrival was before.
  if w[N] > 0 then at = math.max(at, w[A]) end
  if w[N] > 0 and (w[A] == at or slot > 0 and math.floor(w[A] / slot) == math.floor(at / slot)) then
    w[N] = w[N] + units
  else
    if w[N] > 0 then
      redis.call('RPUSH', list, w[A], w[N])
      redis.call('PEXPIRE', list, spec.length + 60000)
      if w[L] == 0 then w[H] = w[A] end
      w[L] = w[L] + 1
    end
    w[N] = units
  end
  w[A] = at
  w[T] = w[T] + units
end

-- What was counted as of 'from' was under way until now: the first entry that is not older holds it.
local function delay(w, list, from, now, units, spec)
  if w[N] == 0 or w[A] < from then return end
  local position, held, stop = nil, w[N], w[L] * 2
  while stop > 0 do
    local start = math.max(0, stop - 16)
    local chunk = redis.call('LRANGE', list, start, stop - 1)
    stop = start
    for i = #chunk - 1, 1, -2 do
      if tonumber(chunk[i]) < from then
        stop = 0
        break
      end
      position, held = start + i, tonumber(chunk[i + 1])
    end
  end
  if held < units then return end
  if position then redis.call('LSET', list, position, held - units) else w[N] = w[N] - units end
  w[T] = w[T] - units
  if position == 1 and held == units then dropSpent(w, list) end
  count(w, list, now, units, spec)
end

-- Calls that a replica tells of. What the table says is none: its leases would grow by themselves with each loss.
local function notice(w, calls, now)
  for _, call in ipairs(calls) do
    if call[1] > now - ROW_EVERY then w[NEW] = (w[NEW] or 0) + call[2] end
  end
end

-- All that is known to the table and the replica, each call once: the rows hold those of all replicas until their last.
local function allKnown(state, window, now)
  local calls, own, w = window.push or {}, {}, state.w[window.index]
  state.c = state.c or { 0, 0, 0, 0 }
  if window.rows and state.c[window.index] == 0 then
    state.c[window.index] = window.rowsUntil
    w[C] = w[C] + window.cost
    for _, call in ipairs(window.rows) do calls[#calls + 1] = call end
  end
  for _, call in ipairs(window.own or {}) do
    if call[1] > state.c[window.index] then own[#own + 1] = call end
  end
  for _, batch in ipairs(window.told or {}) do
    if batch.at >= state.c[window.index] then
      for _, call in ipairs(batch.calls) do own[#own + 1] = call end
    end
  end
  notice(w, own, now)
  for _, call in ipairs(own) do calls[#calls + 1] = call end
  return calls[1] and calls or nil
end

-- Calls counted elsewhere, sorted into the log. None was later than now.
local function import(w, list, now, spec, told)
  local calls, flat = {}, redis.call('LRANGE', list, 0, -1)
  for i = 1, #flat, 2 do calls[#calls + 1] = { tonumber(flat[i]), tonumber(flat[i + 1]) } end
  if w[N] > 0 then calls[#calls + 1] = { w[A], w[N] } end
  for _, call in ipairs(told) do calls[#calls + 1] = call end
  for _, call in ipairs(calls) do call[1] = math.min(call[1], now + spec.arrival) end
  table.sort(calls, function(x, y) return x[1] < y[1] end)
  redis.call('DEL', list)
  w[T], w[N], w[L], w[H], w[A] = 0, 0, 0, 0, 0
  for _, call in ipairs(calls) do
    if call[1] > now - spec.length and call[2] > 0 then count(w, list, call[1], call[2], spec) end
  end
end
`;
