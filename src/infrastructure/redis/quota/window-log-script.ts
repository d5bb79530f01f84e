/** Made inside the function that uses them: most requests need none of them, and each costs time in each run. */
const lateCalls = `
  -- The position and units in the list of the first entry that is not older than 'from'; without a position, the newest
  -- slot is that entry.
  local function findEntry(log, list, from)
    local position, held, stop = nil, log[NEWEST], log[LENGTH] * 2
    while stop > 0 do
      local start = math.max(0, stop - 16)
      local chunk = redis.call('LRANGE', list, start, stop - 1)
      for i = #chunk - 1, 1, -2 do
        if tonumber(chunk[i]) < from then return position, held end
        position, held = start + i, tonumber(chunk[i + 1])
      end
      stop = start
    end
    return position, held
  end

  local function delay(log, window, from, now, units)
    if log[NEWEST] == 0 or log[NEWEST_AT] < from then return end
    local position, held = findEntry(log, window.list, from)
    if held < units then return end
    if position then
      redis.call('LSET', window.list, position, held - units)
    else
      log[NEWEST] = log[NEWEST] - units
    end
    log[TOTAL] = log[TOTAL] - units
    if position == 1 and held == units then dropSpent(log, window.list) end
    count(log, window, now, units)
  end
`;

/**
 * Lua for `quota-script.ts`: the sliding window log of one window. `log`: the window in the state, an array. `window`:
 * the window in the request; its `list` is the key of a Redis list, times and units in turns, oldest first. The newest
 * slot is kept in the state only, so that most calls leave the list alone.
 *
 * A log: TOTAL units counted; NEWEST_AT and NEWEST time and units of the newest slot, which is not in the list yet;
 * LENGTH and OLDEST_AT length and oldest time of the list; COST; CONTENDED_AT when a call was last refused only because
 * of other replicas' shares; CURRENT and PREVIOUS units called in the current period between two rows and in the one
 * before, without those merged from the table. The time of a call is the time of its grant plus `arrival`.
 */
export const windowLog = `
-- Whether the list lacks entries that the state counts on, since Redis evicted it. A list without calls in its window
-- may rightly have expired.
local function isEvicted(log, window, arrival)
  if not log or log[LENGTH] == 0 or redis.call('LLEN', window.list) == log[LENGTH] * 2 then return false end
  return log[NEWEST_AT] > clock - window.length - KEPT_AFTER + arrival + window.slot
end

-- Drops the oldest entries as long as all their units were moved away by 'delay': they count for nothing.
local function dropSpent(log, list)
  while log[LENGTH] > 0 and redis.call('LINDEX', list, 1) == '0' do
    redis.call('LTRIM', list, 2, -1)
    log[LENGTH], log[OLDEST_AT] = log[LENGTH] - 1, tonumber(redis.call('LINDEX', list, 0) or 0)
  end
end

-- Drops all entries up to 'edge'. The calls that leave the window take their part of the cost with them.
local function dropUntil(log, list, edge)
  local before, size = log[TOTAL], 8
  while log[LENGTH] > 0 and log[OLDEST_AT] <= edge do
    local chunk, gone = redis.call('LRANGE', list, 0, size - 1), 0
    while gone < #chunk and tonumber(chunk[gone + 1]) <= edge do
      log[TOTAL] = log[TOTAL] - tonumber(chunk[gone + 2])
      gone = gone + 2
    end
    if #chunk == 0 then log[LENGTH], log[TOTAL] = 0, log[NEWEST] end
    redis.call('LTRIM', list, gone, -1)
    log[LENGTH] = math.max(0, log[LENGTH] - gone / 2)
    log[OLDEST_AT] = tonumber(chunk[gone + 1] or redis.call('LINDEX', list, 0) or 0)
    if (chunk[gone + 2] or '0') == '0' then dropSpent(log, list) end
    size = math.min(size * 4, 1024)
  end
  if log[LENGTH] == 0 and log[NEWEST_AT] <= edge then log[TOTAL], log[NEWEST] = 0, 0 end
  if before > 0 then log[COST] = log[COST] * log[TOTAL] / before end
end

-- Counts units at a time. Where that begins a new slot, the newest one so far moves to the list.
local function count(log, window, at, units)
  local slot, newest = window.slot, log[NEWEST_AT]
  -- Keep times ascending, also after the 'arrival' of the subject became shorter.
  if log[NEWEST] > 0 then at = math.max(at, newest) end
  local isSameSlot = newest == at or slot > 0 and math.floor(newest / slot) == math.floor(at / slot)
  if log[NEWEST] > 0 and not isSameSlot then
    redis.call('RPUSH', window.list, newest, log[NEWEST])
    redis.call('PEXPIRE', window.list, window.length + KEPT_AFTER)
    if log[LENGTH] == 0 then log[OLDEST_AT] = newest end
    log[LENGTH], log[NEWEST] = log[LENGTH] + 1, 0
  end
  log[NEWEST_AT], log[NEWEST] = at, log[NEWEST] + units
  log[TOTAL] = log[TOTAL] + units
end

-- Moves a call to now, since it was under way until now. 'subject.from': the time as of which it was counted.
local function delayCalls(subject, state)
${lateCalls}
  for _, window in ipairs(subject.windows) do
    delay(state.w[window.index], window, subject.from, state.now, request.cost)
  end
end

-- Merges calls that were counted elsewhere into the log. None of them can be later than a call granted now.
local function merge(log, window, now, arrival, reported)
  local calls, flat = {}, redis.call('LRANGE', window.list, 0, -1)
  for i = 1, #flat, 2 do calls[#calls + 1] = { tonumber(flat[i]), tonumber(flat[i + 1]) } end
  if log[NEWEST] > 0 then calls[#calls + 1] = { log[NEWEST_AT], log[NEWEST] } end
  for _, call in ipairs(reported) do calls[#calls + 1] = call end
  for _, call in ipairs(calls) do call[1] = math.min(call[1], now + arrival) end
  table.sort(calls, function(x, y) return x[1] < y[1] end)
  redis.call('DEL', window.list)
  log[TOTAL], log[NEWEST], log[LENGTH], log[OLDEST_AT], log[NEWEST_AT] = 0, 0, 0, 0, 0
  for _, call in ipairs(calls) do
    if call[1] > now - window.length and call[2] > 0 then count(log, window, call[1], call[2]) end
  end
end
`;
