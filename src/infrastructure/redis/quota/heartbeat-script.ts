import { serverRun } from './server-run-script.ts';

/**
 * The heartbeat of a replica: counts the live replicas and records since when this Redis has data. After a loss of data
 * all replicas report again what they counted; Redis counts as restored once as many have done so as were alive before,
 * or after a minute.
 *
 * KEYS: live replicas, beginning of the data, replicas that have reported, processes at this address. ARGV: id, clock
 * offset, number of replicas known before, the beginning of the data for which this replica has reported everything.
 * Answers a `HeartbeatReply`; its last element names earlier processes at the same address, which this one has
 * replaced.
 */
export const heartbeatScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2]
-- The clock was set back: clamp the times that lie ahead, or a replica that is gone would seem alive until the clock
-- has caught up.
for _, key in ipairs({ KEYS[1], KEYS[4] }) do
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', key, now + 1000, '+inf')) do redis.call('ZADD', key, now, id) end
end
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 5000)
redis.call('PEXPIRE', KEYS[1], 60000)
${serverRun}
-- Another run of the server: the data that it loaded from disk lacks the calls counted since, so it counts as empty.
local before = redis.call('HGET', KEYS[2], 'run')
if before and run ~= '' and before ~= run then redis.call('DEL', KEYS[2], KEYS[3]) end
redis.call('HSETNX', KEYS[2], 'at', now)
if run ~= '' then redis.call('HSET', KEYS[2], 'run', run) end
local began = tonumber(redis.call('HGET', KEYS[2], 'at'))
local need = math.max(tonumber(redis.call('HGET', KEYS[2], 'need') or 0), tonumber(ARGV[3]))
redis.call('HSET', KEYS[2], 'need', need)
if tonumber(ARGV[4]) == began then redis.call('SADD', KEYS[3], ARGV[1]) end
local restored = redis.call('SCARD', KEYS[3]) >= need or now > began + 60000
redis.call('ZADD', KEYS[4], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now - 600000)
redis.call('PEXPIRE', KEYS[4], 600000)
-- Two machines may have the same host name and so claim the same address: whoever still sends heartbeats was not
-- replaced.
local gone = redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', now - 2000)
return { now, redis.call('ZCARD', KEYS[1]), began, restored and 1 or 0, gone }
`;
