/**
 * Lua for `quota-script.ts`: operations on the sliding window log of one window. `w`: the window in the state, whose
 * fields are described there. `list`: the key of its Redis list, times and units in turns, oldest first. The newest
 * slot is kept in `w` only, so that most calls leave the list alone.
 */
export const windowLog = `
-- Whether the list lacks entries that the state counts on, since Redis evicted it. The list expires a minute after its
-- own window and the state after its longest one: entries older than that may rightly be missing.
local function isEvicted(w, list, spec)
  if not w or w[L] == 0 or redis.call('LLEN', list) == w[L] * 2 then return false end
  return w[A] > clock - spec.length - 60000 + spec.arrival + spec.slot
end

-- Drops the oldest entries as long as all their units were moved away by 'delay': they count for nothing.
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
  -- Keep times ascending, also after the 'arrival' of the subject became shorter.
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

-- Moves a call to now, from the time as of which it was counted ('from'), since it was under way until now. Its units
-- are in the first entry that is not older than 'from'.
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

-- Adds to NEW the recent calls that a replica reports. Calls from the table are left out, since the leased permits of
-- its rows would otherwise grow with each loss of data.
local function notice(w, calls, now)
  for _, call in ipairs(calls) do
    if call[1] > now - ROW_EVERY then w[NEW] = (w[NEW] or 0) + call[2] end
  end
end

-- All calls known to the table and the replica, each of them once: up to the last call in a row, the row already holds
-- those of all replicas.
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

-- Merges calls that were counted elsewhere into the log. None of them can be later than now.
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
