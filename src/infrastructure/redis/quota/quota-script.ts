import { admission } from './admission-script.ts';
import { quotaState } from './quota-state-script.ts';
import { recovery } from './recovery-script.ts';
import {
  limiterTimes,
  replicaFields,
  windowFields,
  windowLengths,
  withConstants,
} from './script-constants.ts';
import { serverRun } from './server-run-script.ts';
import { replicaShare } from './share-script.ts';
import { windowLog } from './window-log-script.ts';

const lua = `
local request = cjson.decode(ARGV[1])
local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000) + request.offset
-- The caller of a command that arrives after its deadline has given up: it is neither counted nor taken for a sign of
-- life.
if request.deadline > 0 and clock > request.deadline then return cjson.encode({ kind = 'late', now = clock }) end

local mode, isPeek = request.mode, request.mode == 'peek'
local lengths = ${windowLengths}
${serverRun}
${windowLog}
${quotaState}
${recovery}
${admission}
${replicaShare}

-- Brings a window up to the present: the calls that left it, those that are reported only now, and the costs.
local function advanceWindow(subject, window, isForeign)
  local state, now = subject.state, subject.state.now
  local log = state.w[window.index] or { 0, 0, 0, 0, 0, 0, 0, 0, 0 }
  state.w[window.index] = log
  local before = log[TOTAL]
  local isAhead = before > 0 and log[NEWEST_AT] > now + subject.arrival + CLOCK_STEP
  if isAhead then merge(log, window, now, subject.arrival, {}) end
  dropUntil(log, window.list, now - window.length)
  if not isPeek and (isForeign or window.push) then mergeReports(subject, window, isForeign) end
  -- A replica that peeks will report the same costs again with its next command.
  local micros = isPeek and 0 or subject.micros
  if before ~= log[TOTAL] or micros > 0 then state.dirty = true end
  -- Costs arrive after their call: where nothing is counted, the call has left the window or the window had no limit
  -- then.
  log[COST] = log[TOTAL] > 0 and log[COST] + micros or 0
  window.reserved = reservedByOthers(state, window.index)
end

local function advance(subject)
  local state = subject.state or newState()
  -- A state that does not hold what this replica knows of the subject.
  local isForeign = not subject.state or subject.known and subject.gen ~= state.g
  subject.isNew, subject.state = not subject.state, state
  if run ~= '' then state.run = run end
  if state.now > clock + CLOCK_STEP then setBack(state, clock) end
  state.now = math.max(state.now, clock)
  forgetGoneReplicas(state, state.now)
  if isForeign and not isPeek then closeGate(subject, state, state.now) end
  subject.isGated = isGateClosed(state)
  for i = 1, #subject.windows do advanceWindow(subject, subject.windows[i], isForeign) end
end

local function answerFor(subject, isGranted)
  local state, ttl = subject.state, lifetimeOf(subject)
  if isGranted and request.cost > 0 then countCall(subject, state) end
  if mode == 'delay' then delayCalls(subject, state) end
  local answer = { gen = state.g, now = state.now, gated = subject.isGated, windows = {} }
  local replica = reserveShares(subject, state, answer.windows)
  if isPeek then
    answer.unknown = subject.isNew
  else
    state.m[request.id] = mode ~= 'leave' and replica or nil
    answer.row = isRowDue(subject, state)
  end
  -- Without windows (all limits were removed while the call was under way) nothing changes.
  if #subject.windows > 0 and not (isPeek and subject.isNew) then
    redis.call('SET', subject.key, cmsgpack.pack(state), 'PX', ttl)
  end
  return answer
end

local subjects, failure = openSubjects()
if failure then return cjson.encode(failure) end

local isGated = false
for i = 1, #subjects do
  advance(subjects[i])
  isGated = isGated or subjects[i].isGated
end
local refusal = mode == 'take' and longestRefusal(subjects) or nil
local reply = { kind = 'seen', now = clock, subjects = {} }
if mode == 'take' then reply.kind = isGated and 'gated' or refusal and 'refused' or 'granted' end
if reply.kind == 'refused' then
  reply.subject, reply.window = refusal.subject, refusal.window
  reply.wait = refusal.wait < NEVER and refusal.wait or refusal.length
end
for i = 1, #subjects do reply.subjects[i] = answerFor(subjects[i], reply.kind == 'granted') end
return cjson.encode(reply)
`;

/**
 * The limiter's only Lua script: one atomic step for all subjects of one tenant (docs/adr/0017-quotas-in-redis.md).
 * `mode` says what is done: `take` counts a call in all windows or in none, `peek` only looks, `delay` moves a call
 * that reached its provider late to the present, `sync` exchanges what replica and Redis know, `leave` signs the
 * replica off.
 *
 * KEYS: for each subject its state, then the log of each window. ARGV[1]: the request of `QuotaCaller` as JSON, with
 * one `subjectSpec` for each subject. Answers a `QuotaReply` as JSON.
 *
 * Each part is a file: `quotaState` reads the state of a subject and keeps it up to date, `windowLog` is the sliding
 * window log, `recovery` merges what replicas report after a loss of data, `admission` judges and counts a call,
 * `replicaShare` reserves units for each replica.
 */
export const quotaScript = withConstants(lua, { ...windowFields, ...replicaFields, ...limiterTimes });
