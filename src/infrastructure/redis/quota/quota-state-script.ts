/**
 * Lua for `quota-script.ts`: reads the state of a subject and keeps it up to date. It is packed with MessagePack, and
 * replicas of the previous release use it, too: names and positions must stay. Windows and replicas are arrays instead
 * of maps, since those are packed in half the time.
 * - `g`: its generation, a name that no two states share; another one means that this Redis lost the subject's data.
 * - `gate`: when it turned out that calls were lost, and `b`: when the data of this Redis had begun at that time.
 * - `met`: when this state began with calls that were granted without Redis.
 * - `now`: the latest time seen; `run`: the run id of the server that counted.
 * - `row`: when the row of the table was last due; `dirty`: something has changed since.
 * - `turn`: start of the current period between two rows.
 * - `c`: for each window, up to which time the rows of the table are already counted here.
 * - `w`: the windows by index, see `window-log-script.ts`; `m`: the replicas by id.
 *
 * A replica (`m`): SEEN_AT last heard from; SILENT_SINCE when its silence was noticed; USED units that it used itself;
 * RESERVED units reserved as its share, both by window; GATED whether the gate was closed for it.
 */
export const quotaState = `
-- Data that a server loaded from its disk, or that a replica promoted to master holds, lacks the last calls. The second
-- result tells that the state was counted in another run of the server.
local function loadState(key)
  local packed = redis.call('GET', key)
  local ok, state = pcall(cmsgpack.unpack, packed or '')
  if not packed or not ok or type(state) ~= 'table' or not state.w or not state.m then return nil end
  return state, run ~= '' and (state.run or run) ~= run
end

local function newState()
  return {
    g = request.nonce, b = 0, gate = 0, now = 0, row = 0, c = { 0, 0, 0, 0 }, w = { false, false, false, false }, m = {}
  }
end

-- 'position': of its key in KEYS; the logs of its windows follow. Returns whether another run of the server counted.
local function openSubject(subject, position)
  local state, isOtherRun = loadState(KEYS[position])
  subject.key, subject.arrival = KEYS[position], subject.arrival or 0
  for i = 1, #subject.windows do
    local window = subject.windows[i]
    window.list, window.length = KEYS[position + i], lengths[window.index]
    window.slot = window.limit > EXACT_UP_TO and window.length / EXACT_UP_TO or 0
    -- When memory is short, Redis may evict the list without the state: then the whole state counts as lost.
    if state and isEvicted(state.w[window.index], window, subject.arrival) then state = nil end
    if isOtherRun and not isPeek then redis.call('DEL', window.list) end
  end
  if not isOtherRun then subject.state = state end
  return isOtherRun
end

-- The second result is the reply where the request lacks what is needed to count: 'lost' where the replica knows of
-- calls that Redis has lost, 'absent' where Redis knows nothing yet.
local function openSubjects()
  local position, absent, isAnyOtherRun = 1, nil, false
  for s, subject in ipairs(request.subjects) do
    if openSubject(subject, position) then isAnyOtherRun = true end
    position = position + 1 + #subject.windows
    local state = subject.state
    if not isPeek and not subject.full then
      local isLost = subject.known and (not state or state.g ~= subject.gen)
      if isLost then return nil, { kind = 'lost', now = clock, which = s } end
      if not state then absent = absent or s end
    end
  end
  if absent then return nil, { kind = 'absent', now = clock, which = absent, old = isAnyOtherRun } end
  return request.subjects
end

-- The clock was set back: clamp all times to now. Steps of less than a second (CLOCK_STEP) are waited out instead.
local function setBack(state, now)
  state.now, state.row, state.turn = now, math.min(state.row, now), math.min(state.turn or 0, now)
  state.gate, state.met = math.min(state.gate, now), math.min(state.met or 0, now)
  for _, log in ipairs(state.w) do
    if log then log[CONTENDED_AT] = math.min(log[CONTENDED_AT], now) end
  end
  for i, countedUntil in ipairs(state.c or {}) do state.c[i] = math.min(countedUntil, now) end
  for _, replica in pairs(state.m) do
    replica[SEEN_AT], replica[SILENT_SINCE] = math.min(replica[SEEN_AT], now), math.min(replica[SILENT_SINCE], now)
  end
end

local function forgetGoneReplicas(state, now)
  for _, id in ipairs(request.replaced) do state.m[id] = nil end
  for id, replica in pairs(state.m) do
    if id ~= request.id and now > replica[SEEN_AT] + SILENT_AFTER then
      local since = replica[SILENT_SINCE]
      if since == 0 then replica[SILENT_SINCE] = now elseif now > since + FORGET_AFTER then state.m[id] = nil end
    end
  end
end

-- A limit that was removed may be set again while calls are still in its window, and the list is of use only together
-- with its state: keep both that long.
local function lifetimeOf(subject)
  local state, ttl = subject.state, 0
  for index, log in ipairs(state.w) do
    if log and log[NEWEST] > 0 then
      ttl = math.max(ttl, math.ceil(log[NEWEST_AT] + lengths[index] + KEPT_AFTER - state.now))
    end
  end
  for i = 1, #subject.windows do ttl = math.max(ttl, subject.windows[i].length + KEPT_AFTER) end
  return ttl
end

-- Ends a period between two rows. PREVIOUS then covers the last whole period: two of them added up, if a row cut the
-- first one short.
local function endPeriod(subject, state, isWhole)
  for _, window in ipairs(subject.windows) do
    local log = state.w[window.index]
    log[PREVIOUS] = (isWhole and 0 or log[PREVIOUS] or 0) + (log[CURRENT] or 0)
    log[CURRENT] = 0
  end
  state.turn = state.now
end

-- Whether the row of the table is due. Not while the gate is closed: calls may be missing, and the new row would no
-- longer hold them.
local function isRowDue(subject, state)
  local now = state.now
  local isDue = state.dirty and not subject.isGated and (mode == 'leave' or now > state.row + ROW_EVERY) or false
  if isDue then state.row, state.dirty = now, false end
  local isWhole = now > (state.turn or 0) + ROW_EVERY
  if isDue or isWhole then endPeriod(subject, state, isWhole) end
  return isDue
end
`;
