import { EVERYTHING_TEXT } from '../../../domain/cache/invalidation.ts';

/**
 * KEYS: entry, index of the tenant's entries. ARGV: time of the load, the text, its TTL in ms, kept until, now, most
 * entries of the tenant, `load` or `copy`. Of two loads the newer one is kept, and none from before a removal; a copy
 * of an entry in the second tier also gives way to an entry loaded in the same millisecond. Answers with the keys of
 * entries above the tenant's limit, for the caller to remove.
 */
export const KEEP = `
local known = redis.pcall('GETRANGE', KEYS[1], 0, 16)
if type(known) == 'string' and string.match(known, '^%d+[er]$') and #known == 17 then
  local at, kind = string.sub(known, 1, 16), string.sub(known, 17)
  if kind == 'e' and at > ARGV[1] then return {} end
  if kind == 'r' and (at > ARGV[1] or at == ARGV[1] and ARGV[7] == 'copy') then return {} end
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
-- An index of another type, written by somebody else, is replaced by a new one.
if type(redis.pcall('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[5])) == 'table' then redis.call('DEL', KEYS[2]) end
redis.call('ZADD', KEYS[2], ARGV[4], KEYS[1])
redis.call('PEXPIRE', KEYS[2], 7200000)
local excess = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[6])
if excess <= 0 then return {} end
local first = redis.call('ZRANGE', KEYS[2], 0, excess - 1)
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, excess - 1)
return first
`;

/**
 * KEYS: entry, index. ARGV: text of the removal (a tombstone), its TTL in ms, now. Answers two numbers: 1 if there was
 * a living entry, and 1 if the tombstone was written. A Redis out of memory cannot write it, but still deletes the
 * entry.
 */
export const REMOVE = `
local known = redis.pcall('GETRANGE', KEYS[1], 0, 32)
local isEntry = type(known) == 'string' and string.sub(known, 17, 17) == 'e'
local note = redis.pcall('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if note.err and not isEntry then return note end
if note.err then redis.call('DEL', KEYS[1]) end
redis.pcall('ZREM', KEYS[2], KEYS[1])
local isLiving = isEntry and string.sub(known, 18, 33) > ARGV[3]
return {isLiving and 1 or 0, note.err and 0 or 1}
`;

/** Purges are needed as long as entries are kept: 31 days (postgres-cache-tier.ts), plus one to spare. */
const PURGES_LIFE_MS = 32 * 24 * 3_600_000;

/** KEYS: mark, purges by scope. Answers with both; the purges as a flat list. */
export const LOAD_PURGES = `
local mark = redis.pcall('GET', KEYS[1])
local purges = redis.pcall('HGETALL', KEYS[2])
if type(mark) ~= 'string' or purges.err then return {'', {}} end
return {mark, purges}
`;

/**
 * KEYS: mark, purges by scope. ARGV: a new mark, then pairs of scope and time. For each scope the later purge stays,
 * and a purge of everything replaces all earlier ones. The new mark replaces the old one if anything changed, or if one
 * of the two keys had been lost.
 */
export const PUBLISH_PURGES = `
for _, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' and kind ~= (key == KEYS[1] and 'string' or 'hash') then redis.call('DEL', key) end
end
local changed = false
for at = 2, #ARGV, 2 do
  local known = tonumber(redis.call('HGET', KEYS[2], ARGV[at]) or '')
  if not known or known < tonumber(ARGV[at + 1]) then
    redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 1])
    changed = true
  end
end
local everything = changed and tonumber(redis.call('HGET', KEYS[2], '${EVERYTHING_TEXT}') or '')
if everything then
  local purges = redis.call('HGETALL', KEYS[2])
  for at = 1, #purges, 2 do
    local ended = purges[at] ~= 'mark' and purges[at] ~= '${EVERYTHING_TEXT}' and (tonumber(purges[at + 1]) or 0) <= everything
    if ended then redis.call('HDEL', KEYS[2], purges[at]) end
  end
end
local mark = redis.call('GET', KEYS[1])
if changed or not mark or redis.call('HGET', KEYS[2], 'mark') ~= mark then
  mark = ARGV[1]
  redis.call('HSET', KEYS[2], 'mark', mark)
end
redis.call('SET', KEYS[1], mark, 'PX', ${PURGES_LIFE_MS})
redis.call('PEXPIRE', KEYS[2], ${PURGES_LIFE_MS})
return {mark, redis.call('HGETALL', KEYS[2])}
`;
