/** Made inside the function that uses it, as only a refused call needs it. */
const waiting = `
  -- Measured by the clock itself, which may have been set back by less than CLOCK_STEP and then is behind 'state.now'.
  local function waitFor(log, window)
    if window.limit <= 0 or request.cost > window.limit then return NEVER end
    local excess, index, size = log[TOTAL] + request.cost - window.limit, 0, 16
    if excess <= 0 then return 1000 end
    while index < log[LENGTH] * 2 do
      local chunk = redis.call('LRANGE', window.list, index, index + size - 1)
      if #chunk == 0 then break end
      for i = 1, #chunk, 2 do
        excess = excess - tonumber(chunk[i + 1])
        if excess <= 0 then return tonumber(chunk[i]) + window.length - clock end
      end
      index, size = index + size, 1024
    end
    return log[NEWEST_AT] + window.length - clock
  end
`;

/** Lua for `quota-script.ts`: judges whether a call fits into all windows, and counts it. */
export const admission = `
-- Milliseconds until the call may fit into the window; nil if it fits now.
local function refusedFor(state, window)
  local log, limit = state.w[window.index], window.limit
  local needed = log[TOTAL] + request.cost
  if limit > 0 and needed <= limit - window.reserved then return nil end
  if limit > 0 and needed <= limit then log[CONTENDED_AT] = state.now end
${waiting}
  return waitFor(log, window)
end

-- The window that refuses the call longest; of equals the one that is itself longest.
local function longestRefusal(subjects)
  local longest
  for s = 1, #subjects do
    for i = 1, #subjects[s].windows do
      local window = subjects[s].windows[i]
      local wait, length = refusedFor(subjects[s].state, window), window.length
      if wait and (not longest or wait > longest.wait or wait == longest.wait and length > longest.length) then
        longest = { subject = s, window = i, wait = wait, length = length }
      end
    end
  end
  return longest
end

local function countCall(subject, state)
  local cost = request.cost
  for i = 1, #subject.windows do
    local window = subject.windows[i]
    local log = state.w[window.index]
    count(log, window, state.now + subject.arrival, cost)
    log[CURRENT] = (log[CURRENT] or 0) + cost
    state.dirty = true
  end
end
`;
