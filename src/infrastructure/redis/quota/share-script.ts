/** Lua for `quota-script.ts`: reserves for each replica its share, the units that it may use without Redis. */
export const replicaShare = `
-- A silent replica may be using its own units again as they leave the window.
local function reservedByOthers(state, index)
  local sum = 0
  for id, replica in pairs(state.m) do
    if id ~= request.id then
      sum = sum + replica[RESERVED][index]
      if state.now > replica[SEEN_AT] + SILENT_AFTER then sum = sum + replica[USED][index] end
    end
  end
  return sum
end

-- The share while the gate is closed: not more than the replica had before.
local function gatedShare(subject, state, window, before)
  -- A replica that uses the subject for the first time gets one as well, except after a recent loss of data, when it is
  -- unknown what the other replicas hold.
  local isFirstUse = not subject.known and window.used == 0 and window.share == 0 and not window.push
  if isFirstUse and state.now >= math.max(state.gate, request.began) + GATE_AT_MOST then
    return math.floor((window.limit - state.w[window.index][TOTAL]) / request.replicas)
  end
  if not before then return window.share end
  local used, reserved = before[USED][window.index], before[RESERVED][window.index]
  -- Before the gate closed, this replica had 'reserved' beside the units that it used: what has left its window
  -- meanwhile is its own again. Until now others were granted those units, so that calls of its own under way may have
  -- been refused.
  if before[GATED] then return used + reserved - window.used end
  return math.min(window.share, reserved)
end

local function shareOf(subject, state, window, log)
  -- All replicas give their shares back, so that the refused call fits when it is tried again.
  if state.now < log[CONTENDED_AT] + YIELD_FOR then return 0 end
  local free = window.limit - log[TOTAL]
  local wanted = math.max(1, math.ceil(window.limit / 20), window.used + subject.inFlight)
  return math.min(math.floor(free / request.replicas), wanted, free - window.reserved)
end

-- Returns the replica as the state keeps it, and adds the standing and share of each window to 'answers'.
local function reserveShares(subject, state, answers)
  local isGated, before = subject.isGated, state.m[request.id]
  local replica = { state.now, 0, { 0, 0, 0, 0 }, { 0, 0, 0, 0 }, isGated }
  for i = 1, #subject.windows do
    local window = subject.windows[i]
    local log = state.w[window.index]
    local share = isGated and gatedShare(subject, state, window, before) or shareOf(subject, state, window, log)
    share = math.max(0, share)
    -- While the gate is closed, a call under way is granted nothing here; otherwise it may have been granted and will
    -- be reported in a moment.
    replica[USED][window.index] = window.used + (isGated and 0 or subject.inFlight)
    -- The share that the replica believes to have stays reserved until it has heard of a smaller one.
    replica[RESERVED][window.index] = math.max(window.share, share)
    local oldest = log[LENGTH] > 0 and log[OLDEST_AT] or log[NEWEST] > 0 and log[NEWEST_AT] or state.now - window.length
    answers[i] = { log[TOTAL], oldest + window.length, share }
  end
  return replica
end
`;
