/** Made inside the function that uses them, as most requests need none of them. */
const reports = `
  -- Adds to CURRENT the recent calls that a replica reports. Calls from the table are left out, since the leased
  -- permits of its rows would otherwise grow with each loss of data.
  local function addRecent(log, calls, now)
    for _, call in ipairs(calls) do
      if call[1] > now - ROW_EVERY then log[CURRENT] = (log[CURRENT] or 0) + call[2] end
    end
  end

  -- The calls of this replica that are not in the rows of the table, which hold those of all replicas up to their last
  -- call.
  local function ownCallsAfter(window, countedUntil)
    local calls = {}
    for _, call in ipairs(window.own or {}) do
      if call[1] > countedUntil then calls[#calls + 1] = call end
    end
    for _, batch in ipairs(window.reported or {}) do
      if batch.at >= countedUntil then
        for _, call in ipairs(batch.calls) do calls[#calls + 1] = call end
      end
    end
    return calls
  end

  -- All calls known to the table and the replica, each of them once. The rows are counted only the first time.
  local function allKnown(state, window)
    local calls, log = window.push or {}, state.w[window.index]
    state.c = state.c or { 0, 0, 0, 0 }
    if window.rows and state.c[window.index] == 0 then
      state.c[window.index] = window.rowsUntil
      log[COST] = log[COST] + window.cost
      for _, call in ipairs(window.rows) do calls[#calls + 1] = call end
    end
    local own = ownCallsAfter(window, state.c[window.index])
    addRecent(log, own, state.now)
    for _, call in ipairs(own) do calls[#calls + 1] = call end
    return calls[1] and calls or nil
  end
`;

/**
 * Lua for `quota-script.ts`: what happens after this Redis lost data of a subject. The gate closes, which confines each
 * replica to its share, until all replicas have reported their calls; these are merged, each once.
 */
export const recovery = `
-- The caller knows of calls that this state lacks, so other replicas may, too. The same where Redis never knew the
-- subject and the caller brings calls granted without it: the other replicas that are in touch will bring theirs within
-- a second.
local function closeGate(subject, state, now)
  if subject.known then state.gate, state.b = now, math.max(state.b, request.began) end
  for _, window in ipairs(subject.windows) do
    if window.push then state.met = now end
  end
end

local function isGateClosed(state)
  local haveReported = request.restored and request.began >= state.b
  return state.now < math.max(state.gate, state.met or 0) + GATE_AT_LEAST
    or not haveReported and state.now < state.gate + GATE_AT_MOST
end

-- Merges the calls that a replica reports. 'isForeign': this state does not hold what the replica knows.
local function mergeReports(subject, window, isForeign)
${reports}
  local state, calls = subject.state, window.push
  local log = state.w[window.index]
  if calls then addRecent(log, calls, state.now) end
  if isForeign then calls = allKnown(state, window) end
  -- The list may have outlived its state, for instance a state that could not be unpacked: start it anew.
  if subject.isNew then calls = calls or {} end
  if calls then merge(log, window, state.now, subject.arrival, calls) end
end
`;
