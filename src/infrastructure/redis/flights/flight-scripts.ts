/**
 * Single flight across replicas. A flight is one hash: `fence` is the fencing token, which grows with each leader;
 * `until` the end of the leader's lease (0: landed), `landed` the time of the last answer, `w:<channel>` a replica that
 * waits. All times are by Redis's clock.
 */
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * KEYS: flight. ARGV: channel of the caller, lease in ms, age in ms of the caller's look into the cache, TTL of the
 * hash beyond a lease. Answers with the caller's role, the fencing token and the rest of the lease in ms.
 */
export const BOARD = `${NOW}
local flight = redis.call('HMGET', KEYS[1], 'until', 'landed')
local ends, landed = tonumber(flight[1] or 0) or 0, tonumber(flight[2] or 0) or 0
if ends > now then
  redis.call('HSET', KEYS[1], 'w:' .. ARGV[1], 1)
  return {'follower', tonumber(redis.call('HGET', KEYS[1], 'fence')), ends - now}
end
if landed > 0 and landed >= now - tonumber(ARGV[3]) then return {'landed', 0, 0} end
local fence = redis.call('HINCRBY', KEYS[1], 'fence', 1)
redis.call('HSET', KEYS[1], 'until', now + ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2] + ARGV[4])
return {ends > 0 and 'overtaker' or 'leader', fence, tonumber(ARGV[2])}
`;

/**
 * KEYS: flight. ARGV: fencing token, lease in ms, TTL beyond a lease. Answers 0 to a leader that has lost its lease.
 */
export const RENEW = `${NOW}
local flight = redis.call('HMGET', KEYS[1], 'fence', 'until')
if flight[1] ~= ARGV[1] or flight[2] == '0' then return 0 end
redis.call('HSET', KEYS[1], 'until', now + ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2] + ARGV[3])
return 1
`;

/**
 * KEYS: flight. ARGV: fencing token, `answered` or `failed`, message, TTL without a lease. Publishes the message to all
 * that wait, with the fencing token they wait for. The answer of a leader that was overtaken serves them too, but
 * leaves the lease to its successor; its failure is ignored.
 */
export const LAND = `${NOW}
local fence = redis.call('HGET', KEYS[1], 'fence') or ARGV[1]
local isMine = fence == ARGV[1]
local answered = ARGV[2] == 'answered'
if not isMine and not answered then return 0 end
local told = 0
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 2) == 'w:' then
    redis.call('HDEL', KEYS[1], field)
    redis.call('PUBLISH', string.sub(field, 3), fence .. ' ' .. ARGV[3])
    told = told + 1
  end
end
if isMine then
  redis.call('HSET', KEYS[1], 'until', 0)
  if answered then redis.call('HSET', KEYS[1], 'landed', now) end
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return told
`;
