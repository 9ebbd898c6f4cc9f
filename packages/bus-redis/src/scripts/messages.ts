import { despiteMemory, flatten, groupInfo, holds, leaseHolder, now } from "./script-parts.ts"

/**
 * Reads for a member from streams that it holds, up to a number of entries. What isn't held isn't read: a member that has lost its lease takes nothing.
 *
 * KEYS, for each stream: it, its guard (lease or members), attempts. ARGV: order, group, how many; for each stream its token, and where to go on: `>` for new
 * entries, else the id after which pending ones are read again.
 *
 * Returns for each stream, as far as it came: 0 if it isn't held, or 1, how many entries there were, the last one's id, the group's last delivered id where there
 * was nothing more (of what is pending, or new), and the entries as a flat list.
 */
export const fetchScript = `${holds}${flatten}${groupInfo}
local order, group, left = ARGV[1], ARGV[2], tonumber(ARGV[3])
local out = {}
for s = 1, #KEYS / 3 do
  if left <= 0 then break end
  local stream, guard, attempts = KEYS[s * 3 - 2], KEYS[s * 3 - 1], KEYS[s * 3]
  local token, cursor = ARGV[2 + s * 2], ARGV[3 + s * 2]
  if not holds(order, guard, token) then
    out[s] = {0}
  else
    local consumer = order == 'stream' and '${leaseHolder}' or token
    local reply = redis.pcall('XREADGROUP', 'GROUP', group, consumer, 'COUNT', left, 'STREAMS', stream, cursor)
    if reply and reply.err then
      if not string.find(reply.err, 'NOGROUP') then return redis.error_reply(reply.err) end
      out[s] = {0}
    else
      local entries = reply and reply[1][2] or {}
      local flat, last = {}, ''
      flatten(flat, stream, group, entries, order == 'stream' and cursor ~= '>' and attempts)
      if #entries == 0 or (#entries < left and cursor == '>') then last = groupInfo(stream, group)['last-delivered-id'] end
      out[s] = {1, #entries, #entries > 0 and entries[#entries][1] or '', last, flat}
      left = left - #entries
    end
  end
end
return out
`

/** Says who holds leases. KEYS: leases. */
export const holdersScript = `
local holders = {}
for l = 1, #KEYS do holders[l] = redis.call('HGET', KEYS[l], 'holder') or '' end
return holders
`

/**
 * Acknowledges entries, if they are still the member's.
 *
 * KEYS, for each stream: it, its guard, attempts. ARGV: order, group; for each stream its token, whether entries are deleted as well (1), how many, and their ids.
 * Returns for each stream whether it is still held.
 */
export const acknowledgeScript = `${holds}
local order, group = ARGV[1], ARGV[2]
local at, held = 3, {}
for s = 1, #KEYS / 3 do
  local stream, guard, attempts = KEYS[s * 3 - 2], KEYS[s * 3 - 1], KEYS[s * 3]
  local token, isOwn, last = ARGV[at], ARGV[at + 1] == '1', at + 2 + tonumber(ARGV[at + 2])
  held[s] = holds(order, guard, token) and 1 or 0
  if held[s] == 1 then
    local counted = order == 'stream' and redis.call('EXISTS', attempts) == 1
    for from = at + 3, last, 1000 do
      local to = math.min(from + 999, last)
      redis.call('XACK', stream, group, unpack(ARGV, from, to))
      if isOwn then redis.call('XDEL', stream, unpack(ARGV, from, to)) end
      if counted then redis.call('HDEL', attempts, unpack(ARGV, from, to)) end
    end
  end
  at = last + 1
end
return held
`

/** Acknowledges one entry. False if it isn't the member's any more; an entry that was acknowledged already is done twice for nothing. */
const settle = `${holds}
local function settle(stream, guard, group, token, id, isOwn)
  if not holds('none', guard, token) then return false end
  if redis.call('XACK', stream, group, id) == 0 then return false end
  if isOwn == '1' then redis.call('XDEL', stream, id) end
  return true
end
`

/**
 * Puts a message aside for its group, until it is due.
 *
 * KEYS: stream, guard, due. ARGV: group, token, entry id, whether it is deleted (1), delay in milliseconds, event id, message, attempts.
 */
export const retryLaterScript = `${now}${settle}
if not settle(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4]) then return 0 end
redis.call('ZADD', KEYS[3], now + tonumber(ARGV[5]), cmsgpack.pack({ARGV[6], ARGV[7], ARGV[8]}))
return 1
`

/**
 * Puts a message among its group's dead letters.
 *
 * KEYS: stream, guard, dead. ARGV: group, token, entry id, whether it is deleted (1), event id, message, failure.
 */
export const addDeadLetterScript = `${settle}
if not settle(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4]) then return 0 end
redis.call('XADD', KEYS[3], '*', ARGV[5], ARGV[6], 'failure', ARGV[7])
return 1
`

/**
 * Hands messages that are due to their group again. Returns in how many milliseconds the next one is, or -1.
 *
 * KEYS, for each partition: due, again.
 */
export const promoteScript = `${despiteMemory}${now}
local soonest = -1
for p = 1, #KEYS, 2 do
  local due, again = KEYS[p], KEYS[p + 1]
  for _, packed in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, 1000)) do
    local message = cmsgpack.unpack(packed)
    redis.call('XADD', again, '*', message[1], message[2], 'attempts', message[3])
    redis.call('ZREM', due, packed)
  end
  local next = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')
  if next[2] then
    local wait = math.max(0, tonumber(next[2]) - now)
    if soonest < 0 or wait < soonest then soonest = wait end
  end
end
return soonest
`

/**
 * Takes over what dead consumers of a group with order "none" have pending, up to a number of entries, and removes the names of those that have nothing left.
 *
 * KEYS, for each partition: events, again, members. ARGV: group, how many; for each partition the token. Returns for each partition and for each of its two
 * streams the entries as a flat list.
 */
export const claimScript = `${despiteMemory}${now}${flatten}
local group, left = ARGV[1], tonumber(ARGV[2])
local out = {}
local function claim(stream, members, token)
  local flat = {}
  local consumers = redis.pcall('XINFO', 'CONSUMERS', stream, group)
  if consumers.err then return flat end
  for _, fields in ipairs(consumers) do
    local consumer = {}
    for f = 1, #fields, 2 do consumer[fields[f]] = fields[f + 1] end
    local alive = redis.call('ZSCORE', members, consumer.name)
    if consumer.name ~= token and (not alive or tonumber(alive) <= now) then
      if alive then redis.call('ZREM', members, consumer.name) end
      if consumer.pending == 0 then
        redis.call('XGROUP', 'DELCONSUMER', stream, group, consumer.name)
      elseif left > 0 then
        local command = {'XCLAIM', stream, group, token, 0}
        for _, one in ipairs(redis.call('XPENDING', stream, group, '-', '+', left, consumer.name)) do command[#command + 1] = one[1] end
        local claimed = redis.call(unpack(command))
        local entries = {}
        for _, entry in ipairs(claimed) do if entry then entries[#entries + 1] = entry end end
        flatten(flat, stream, group, entries, false)
        left = left - #entries
      end
    end
  end
  return flat
end
for p = 1, #KEYS / 3 do
  local token, members = ARGV[2 + p], KEYS[p * 3]
  if redis.call('ZSCORE', members, token) then
    out[p] = {claim(KEYS[p * 3 - 2], members, token), claim(KEYS[p * 3 - 1], members, token)}
  else
    out[p] = {{}, {}}
  end
end
return out
`

/**
 * Notes how often handling an entry has failed, if it is still the member's.
 *
 * KEYS: lease, attempts. ARGV: token, entry id, attempts.
 */
export const noteAttemptsScript = `${despiteMemory}
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
return 1
`

/**
 * Replays or discards dead letters, one page of them at a time.
 *
 * KEYS: dead, again. ARGV: `replay` or `discard`, the id after which the page begins, its length, and which event ids, or none for all.
 * Returns how many there were, and the last id of the page, or '' if it was the last page.
 */
export const settleDeadLettersScript = `
local wanted = nil
for i = 4, #ARGV do
  wanted = wanted or {}
  wanted[ARGV[i]] = true
end
local page = redis.call('XRANGE', KEYS[1], '(' .. ARGV[2], '+', 'COUNT', ARGV[3])
local count = 0
for _, entry in ipairs(page) do
  local eventId, message = entry[2][1], entry[2][2]
  if wanted == nil or wanted[eventId] then
    if ARGV[1] == 'replay' then redis.call('XADD', KEYS[2], '*', eventId, message, 'attempts', 0) end
    redis.call('XDEL', KEYS[1], entry[1])
    count = count + 1
  end
end
return {count, #page == tonumber(ARGV[3]) and page[#page][1] or ''}
`
