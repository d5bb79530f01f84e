import { serverRun } from './server-run-script.ts';
import { windowLog } from './window-log-script.ts';

/**
 * The limiter's only Lua script: one atomic step for all subjects of one tenant (docs/adr/0017-quotas-in-redis.md).
 * Each window is a sliding window log. `mode` says what is done: `take` counts a call in all windows or in none, `peek`
 * only looks, `delay` moves a call that reached its provider late to the present, `sync` exchanges what replica and
 * Redis know, `leave` signs the replica off.
 *
 * KEYS: for each subject its state, then the log of each window. ARGV[1]: the request of `QuotaCaller` as JSON, with
 * one `subjectSpec` for each subject. Answers a `QuotaReply` as JSON.
 *
 * The state of a subject, packed with MessagePack:
 * - `g`: its generation, a name that no two states share; another one means that this Redis lost the subject's data.
 * - `gate`: when it turned out that calls were lost, and `b`: when the data of this Redis had begun at that time.
 * - `met`: when this state began with calls that were granted without Redis.
 * - `now`: the latest time seen; `run`: the run id of the server that counted.
 * - `row`: when the row of the table was last due; `dirty`: something has changed since.
 * - `turn`: start of the current period between two rows, in which NEW is counted.
 * - `c`: for each window, up to which time the rows of the table are already counted here.
 * - `w`: the windows by index; `m`: the replicas by id.
 *
 * A window (`w`): T units counted; A and N time and units of the newest slot, which is not in the list yet; L and H
 * length and oldest time of the list; C cost; P when a call was last refused only because of other replicas' shares;
 * NEW and LATE units called in the current period and in the one before, without those imported from the table. The
 * time of a call is the time of its grant plus `arrival`.
 *
 * A replica (`m`): AT last heard from; S when its silence was noticed; U units that it used itself; R units reserved as
 * its share; G whether the gate was closed for it.
 */
export const quotaScript = `
local SILENT_AFTER, FORGET_AFTER, YIELD, ROW_EVERY = 3000, 120000, 5000, 5000
local GATE, LONG_GATE, CLOCK_STEP = 3000, 60000, 1000
local LENGTHS, EXACT_UP_TO = { 60000, 3600000, 86400000, 2678400000 }, 4096
-- Arrays instead of maps: they are packed in half the time.
local T, A, N, L, H, C, P, NEW, LATE = 1, 2, 3, 4, 5, 6, 7, 8, 9
local AT, S, U, R, G = 1, 2, 3, 4, 5
local NEVER = 1e15
local q = cjson.decode(ARGV[1])
local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000) + q.offset
-- The caller of a command that arrives after its deadline has given up: it is neither counted nor taken for a sign of
-- life.
if q.deadline > 0 and clock > q.deadline then return cjson.encode({ kind = 'late', now = clock }) end

${serverRun}
-- Data that a server loaded from its disk, or that a replica promoted to master holds, lacks the last calls. The second
-- result tells that the state was counted in another run of the server.
local function load(key)
  local packed = redis.call('GET', key)
  local ok, state = pcall(cmsgpack.unpack, packed or '')
  if not packed or not ok or type(state) ~= 'table' or not state.w or not state.m then return nil end
  return state, run ~= '' and (state.run or run) ~= run
end

local function newState()
  return { g = q.nonce, b = 0, gate = 0, now = 0, row = 0, c = { 0, 0, 0, 0 }, w = { false, false, false, false }, m = {} }
end

${windowLog}

-- The clock was set back: clamp all times to now. Steps of less than a second (CLOCK_STEP) are waited out instead.
local function setBack(state, now)
  state.now, state.row, state.turn = now, math.min(state.row, now), math.min(state.turn or 0, now)
  state.gate, state.met = math.min(state.gate, now), math.min(state.met or 0, now)
  for _, w in ipairs(state.w) do if w then w[P] = math.min(w[P], now) end end
  for i, told in ipairs(state.c or {}) do state.c[i] = math.min(told, now) end
  for _, m in pairs(state.m) do m[AT], m[S] = math.min(m[AT], now), math.min(m[S], now) end
end

local function reserved(state, i, now)
  local sum = 0
  for id, m in pairs(state.m) do
    if id ~= q.id then
      sum = sum + m[R][i]
      if now > m[AT] + SILENT_AFTER then sum = sum + m[U][i] end
    end
  end
  return sum
end

-- Ends a period between two rows. LATE then covers the last whole period: two of them added up, if a row cut the first
-- one short.
local function turn(state, windows, now)
  local isWhole = now > (state.turn or 0) + ROW_EVERY
  for _, window in ipairs(windows) do
    local w = state.w[window.index]
    w[LATE] = (isWhole and 0 or w[LATE] or 0) + (w[NEW] or 0)
    w[NEW] = 0
  end
  state.turn = now
end

local function forgetTheDead(state, now)
  for _, id in ipairs(q.replaced) do state.m[id] = nil end
  for id, m in pairs(state.m) do
    if id ~= q.id and now > m[AT] + SILENT_AFTER then
      if m[S] == 0 then m[S] = now elseif now > m[S] + FORGET_AFTER then state.m[id] = nil end
    end
  end
end

local function waitFor(w, list, now, spec)
  if spec.limit <= 0 or q.cost > spec.limit then return NEVER end
  local excess, index, size = w[T] + q.cost - spec.limit, 0, 16
  if excess <= 0 then return 1000 end
  while index < w[L] * 2 do
    local chunk = redis.call('LRANGE', list, index, index + size - 1)
    if #chunk == 0 then break end
    for i = 1, #chunk, 2 do
      excess = excess - tonumber(chunk[i + 1])
      if excess <= 0 then return tonumber(chunk[i]) + spec.length - now end
    end
    index, size = index + size, 1024
  end
  return w[A] + spec.length - now
end

local opened, nextKey, absent, isAnyOld = {}, 1, nil, false
for s, spec in ipairs(q.subjects) do
  spec.arrival = spec.arrival or 0
  local state, isOld = load(KEYS[nextKey])
  local one = { spec = spec, key = KEYS[nextKey], lists = {}, state = state }
  for i, window in ipairs(spec.windows) do
    one.lists[i] = KEYS[nextKey + i]
    window.length = LENGTHS[window.index]
    window.arrival = spec.arrival
    window.slot = window.limit > EXACT_UP_TO and window.length / EXACT_UP_TO or 0
    -- When memory is short, Redis may evict the list without the state: then the whole state counts as lost.
    if one.state and isEvicted(one.state.w[window.index], one.lists[i], window) then one.state = nil end
    if isOld and q.mode ~= 'peek' then redis.call('DEL', one.lists[i]) end
  end
  if isOld then one.state, isAnyOld = nil, true end
  nextKey = nextKey + 1 + #spec.windows
  opened[s] = one
  if q.mode ~= 'peek' then
    local isLost = spec.known and not spec.full and (not one.state or one.state.g ~= spec.gen)
    if isLost then return cjson.encode({ kind = 'lost', now = clock, which = s }) end
    if not one.state and not spec.full then absent = absent or s end
  end
end
if absent then return cjson.encode({ kind = 'absent', now = clock, which = absent, old = isAnyOld }) end

local isGated, refusal = false, nil
for s, one in ipairs(opened) do
  local spec = one.spec
  local state = one.state or newState()
  one.isNew = not one.state
  local differs = one.isNew or spec.known and spec.gen ~= state.g
  one.state = state
  if run ~= '' then state.run = run end
  if state.now > clock + CLOCK_STEP then setBack(state, clock) end
  state.now = math.max(state.now, clock)
  local now = state.now
  forgetTheDead(state, now)
  if differs and q.mode ~= 'peek' then
    -- The caller knows of calls that this state lacks, so other replicas may, too. The gate closes: until all have
    -- told, each replica is confined to its share.
    if spec.known then state.gate, state.b = now, math.max(state.b, q.began) end
    -- The same where Redis never knew the subject and the caller brings calls granted without it: the other replicas
    -- that are in touch will bring theirs within a second.
    for _, window in ipairs(spec.windows) do if window.push then state.met = now end end
  end
  local haveTold = q.restored and q.began >= state.b
  one.isGated = now < math.max(state.gate, state.met or 0) + GATE
    or not haveTold and now < state.gate + LONG_GATE
  isGated = isGated or one.isGated
  -- A replica that meets the subject only now gets a share as well, except after a recent loss of data, when it is
  -- unknown what the other replicas hold.
  one.isMet = one.isGated and not spec.known and now >= math.max(state.gate, q.began) + LONG_GATE
  one.reserved = {}
  for i, window in ipairs(spec.windows) do
    local w = state.w[window.index] or { 0, 0, 0, 0, 0, 0, 0, 0, 0 }
    state.w[window.index] = w
    local before = w[T]
    if w[T] > 0 and w[A] > now + window.arrival + CLOCK_STEP then import(w, one.lists[i], now, window, {}) end
    dropUntil(w, one.lists[i], now - window.length)
    local told = window.push
    if q.mode ~= 'peek' and told then notice(w, told, now) end
    if differs and q.mode ~= 'peek' then told = allKnown(state, window, now) end
    -- The list may have outlived its state, for instance a state that could not be unpacked: start it anew.
    if one.isNew and not told then told = {} end
    if q.mode ~= 'peek' and told then import(w, one.lists[i], now, window, told) end
    -- A replica that peeks will report the same costs again with its next command.
    local micros = q.mode == 'peek' and 0 or spec.micros
    if before ~= w[T] or micros > 0 then state.dirty = true end
    -- Costs arrive after their call: where nothing is counted, the call has left the window or the window had no limit
    -- then.
    w[C] = w[T] > 0 and w[C] + micros or 0
    one.reserved[i] = reserved(state, window.index, now)
    local fits = window.limit > 0 and w[T] + q.cost <= window.limit - one.reserved[i]
    if q.mode == 'take' and not fits then
      -- Measured by the clock itself, which may have been set back by less than CLOCK_STEP and then is behind 'now'.
      local wait = waitFor(w, one.lists[i], clock, window)
      if window.limit > 0 and w[T] + q.cost <= window.limit then w[P] = now end
      local isLonger = refusal == nil or wait > refusal.wait
        or (wait == refusal.wait and window.length > refusal.length)
      if isLonger then refusal = { subject = s, window = i, wait = wait, length = window.length } end
    end
  end
end

local granted = q.mode == 'take' and refusal == nil and not isGated
local reply = { kind = 'seen', now = clock, subjects = {} }
if granted then reply.kind = 'granted'
elseif q.mode == 'take' and isGated then reply.kind = 'gated'
elseif q.mode == 'take' then
  reply.kind, reply.subject, reply.window = 'refused', refusal.subject, refusal.window
  reply.wait = refusal.wait < NEVER and refusal.wait or refusal.length
end

for s, one in ipairs(opened) do
  local spec, state = one.spec, one.state
  local now, ttl = state.now, 0
  -- A limit that was removed may be set again while calls are still in its window, and the list is of use only together
  -- with its state: keep both that long.
  for index, w in ipairs(state.w) do
    if w and w[N] > 0 then ttl = math.max(ttl, math.ceil(w[A] + LENGTHS[index] + 60000 - now)) end
  end
  local me = { now, 0, { 0, 0, 0, 0 }, { 0, 0, 0, 0 }, one.isGated }
  local before = state.m[q.id]
  local answer = { gen = state.g, now = now, gated = one.isGated, windows = {} }
  for i, window in ipairs(spec.windows) do
    local w = state.w[window.index]
    if granted and q.cost > 0 then
      count(w, one.lists[i], now + window.arrival, q.cost, window)
      w[NEW] = (w[NEW] or 0) + q.cost
      state.dirty = true
    end
    if q.mode == 'delay' then delay(w, one.lists[i], spec.from, now, q.cost, window) end
    local oldest = w[L] > 0 and w[H] or w[N] > 0 and w[A] or now - window.length
    local share = math.min(
      math.floor((window.limit - w[T]) / q.replicas),
      math.max(1, math.ceil(window.limit / 20), window.used + spec.inFlight),
      window.limit - w[T] - one.reserved[i])
    if now < w[P] + YIELD then share = 0 end
    if one.isMet and window.used == 0 and window.share == 0 and not window.push then
      share = math.floor((window.limit - w[T]) / q.replicas)
    elseif one.isGated then
      share = math.min(window.share, before and before[R][window.index] or window.share)
      -- Before the gate closed, this replica had R reserved beside the U that it used: what has left its window
      -- meanwhile is its own again. Until now others were granted those units, so that calls of its own under way may
      -- have been refused.
      if before and before[G] then share = before[U][window.index] + before[R][window.index] - window.used end
    end
    share = math.max(0, share)
    -- While the gate is closed, a call under way is granted nothing here; otherwise it may have been granted and will
    -- be reported in a moment.
    me[U][window.index] = window.used + (one.isGated and 0 or spec.inFlight)
    -- The share that the replica believes to have stays reserved until it has heard of a smaller one.
    me[R][window.index] = math.max(window.share, share)
    answer.windows[i] = { w[T], oldest + window.length, share }
    ttl = math.max(ttl, window.length + 60000)
  end
  if q.mode == 'peek' then answer.unknown = one.isNew end
  if q.mode ~= 'peek' then
    if q.mode == 'leave' then state.m[q.id] = nil else state.m[q.id] = me end
    -- Not while the gate is closed: calls may be missing, and the new row would no longer hold them.
    answer.row = state.dirty and not one.isGated and (q.mode == 'leave' or now > state.row + ROW_EVERY) or false
    if answer.row then state.row, state.dirty = now, false end
    if answer.row or now > (state.turn or 0) + ROW_EVERY then turn(state, spec.windows, now) end
  end
  -- Without windows (all limits were removed while the call was under way) nothing changes.
  if #spec.windows > 0 and (q.mode ~= 'peek' or not one.isNew) then redis.call('SET', one.key, cmsgpack.pack(state), 'PX', ttl) end
  reply.subjects[s] = answer
end
return cjson.encode(reply)
`;
