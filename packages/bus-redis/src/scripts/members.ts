import { despiteMemory, makeGroup, now } from "./script-parts.ts"

/**
 * Says that a member lives, and renews what it holds.
 *
 * KEYS, for each partition: lease, members. ARGV: order, member, lease in milliseconds; for each partition the token by which it is held, or ''.
 * Returns for each partition whether it is still held, and which token holds it; then the living members.
 */
export const beatScript = `${despiteMemory}${now}
local order, member, until_ = ARGV[1], ARGV[2], now + tonumber(ARGV[3])
local held = {}
for p = 1, #KEYS / 2 do
  local lease, members, token = KEYS[p * 2 - 1], KEYS[p * 2], ARGV[3 + p]
  if order == 'stream' then
    redis.call('ZREMRANGEBYSCORE', members, '-inf', now)
    redis.call('ZADD', members, until_, member)
    local found = redis.call('HMGET', lease, 'holder', 'until')
    if token ~= '' and found[1] == token then
      redis.call('HSET', lease, 'until', until_)
      held[p] = {1, token}
    elseif found[1] and tonumber(found[2]) > now then
      held[p] = {0, found[1]}
    else
      held[p] = {0, ''}
    end
  elseif token ~= '' and redis.call('ZSCORE', members, token) then
    redis.call('ZADD', members, until_, token)
    held[p] = {1, token}
  else
    held[p] = {0, ''}
  end
end
return {held, redis.call('ZRANGE', KEYS[2], 0, -1)}
`

/**
 * Takes partitions that nobody holds, under a new fencing number, and makes the group where the server has lost it.
 *
 * KEYS, for each partition: events, lease. ARGV: group, member, lease in milliseconds. Returns for each the token, or '', and whether the group was gone.
 */
export const acquireScript = `${despiteMemory}${now}${makeGroup}
local group, member, until_ = ARGV[1], ARGV[2], now + tonumber(ARGV[3])
local taken = {}
for p = 1, #KEYS, 2 do
  local stream, lease = KEYS[p], KEYS[p + 1]
  local found = redis.call('HMGET', lease, 'holder', 'until')
  if found[1] and tonumber(found[2]) > now and string.match(found[1], '^(.*)%.%d+$') ~= member then
    taken[#taken + 1] = {'', 0}
  else
    local made = makeGroup(stream, group, '0')
    local token = member .. '.' .. redis.call('HINCRBY', lease, 'fence', 1)
    redis.call('HSET', lease, 'holder', token, 'until', until_)
    taken[#taken + 1] = {token, made}
  end
end
return taken
`

/**
 * Enters a consumer of a group with order "none" among the living, and makes the group where the server has lost it.
 *
 * KEYS, for each partition: events, again, members. ARGV: group, lease in milliseconds; for each partition the token. Returns for each whether the group was gone.
 */
export const registerScript = `${despiteMemory}${now}${makeGroup}
local gone = {}
for p = 1, #KEYS / 3 do
  gone[p] = makeGroup(KEYS[p * 3 - 2], ARGV[1], '0')
  makeGroup(KEYS[p * 3 - 1], ARGV[1], '0')
  redis.call('ZADD', KEYS[p * 3], now + tonumber(ARGV[2]), ARGV[2 + p])
end
return gone
`

/**
 * Gives partitions away, so that others can take them at once.
 *
 * KEYS, for each partition: events, again, lease, members. ARGV: order, group, the member that leaves the group, or ''; for each partition the token, or ''.
 */
export const giveAwayScript = `
local order, group, member = ARGV[1], ARGV[2], ARGV[3]
for p = 1, #KEYS / 4 do
  local events, again, lease, members = KEYS[p * 4 - 3], KEYS[p * 4 - 2], KEYS[p * 4 - 1], KEYS[p * 4]
  local token = ARGV[3 + p]
  if order == 'stream' then
    if token ~= '' and redis.call('HGET', lease, 'holder') == token then redis.call('HDEL', lease, 'holder', 'until') end
    if member ~= '' then redis.call('ZREM', members, member) end
  elseif token ~= '' then
    redis.call('ZREM', members, token)
    for _, stream in ipairs({events, again}) do
      local pending = redis.pcall('XPENDING', stream, group, '-', '+', 1, token)
      if not pending.err and #pending == 0 then redis.call('XGROUP', 'DELCONSUMER', stream, group, token) end
    end
  end
end
return 1
`
