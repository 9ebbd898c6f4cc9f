import { despiteMemory, groupInfo, makeGroup, now } from "./script-parts.ts"

/**
 * Gives a group its order, if it has none. Returns the one that it has.
 *
 * KEYS: the group's hash in partition 0. ARGV: order.
 */
export const agreeScript = `${despiteMemory}
redis.call('HSETNX', KEYS[1], 'order', ARGV[1])
return redis.call('HGET', KEYS[1], 'order')
`

/**
 * Makes a group where it isn't there.
 *
 * KEYS, for each partition: events, again. ARGV: order, group, the id after which it begins.
 */
export const createGroupScript = `${despiteMemory}${makeGroup}
for p = 1, #KEYS, 2 do
  makeGroup(KEYS[p], ARGV[2], ARGV[3])
  if ARGV[1] == 'none' then makeGroup(KEYS[p + 1], ARGV[2], '0') end
end
return 1
`

/**
 * Counts what a group hasn't acknowledged.
 *
 * KEYS, for each partition: events, again, due. ARGV: group.
 */
export const lagScript = `${groupInfo}
local function unread(stream, info)
  if info.lag then return info.lag end
  local count, after = 0, info['last-delivered-id']
  while true do
    local entries = redis.call('XRANGE', stream, '(' .. after, '+', 'COUNT', 1000)
    count = count + #entries
    if #entries < 1000 then return count end
    after = entries[#entries][1]
  end
end
local lag = 0
for p = 1, #KEYS, 3 do
  for s = p, p + 1 do
    local info = groupInfo(KEYS[s], ARGV[1])
    if info then lag = lag + info.pending + unread(KEYS[s], info) end
  end
  lag = lag + redis.call('ZCARD', KEYS[p + 2])
end
return lag
`

/**
 * Removes a group, with all that it keeps, unless it has living consumers, of which it returns how many.
 *
 * KEYS, for each partition: events, members, and all else that the group keeps (seven keys). ARGV: group.
 */
export const removeGroupScript = `${now}
for p = 1, #KEYS, 9 do
  local alive = redis.call('ZCOUNT', KEYS[p + 1], now, '+inf')
  if alive > 0 then return alive end
end
for p = 1, #KEYS, 9 do
  redis.pcall('XGROUP', 'DESTROY', KEYS[p], ARGV[1])
  redis.call('DEL', unpack(KEYS, p + 1, p + 8))
end
return 0
`

/**
 * Drops events that every group has acknowledged, as far as they are too many or too old. Never one that a group hasn't read, or has pending. Returns
 * for each partition how many events are above the limit and still needed, and the group that needs the oldest of them.
 *
 * KEYS: streams. ARGV: how many each may have; how old they may get, in milliseconds, or -1.
 */
export const trimScript = `${now}
local function below(a, b)
  local am, as = string.match(a, '^(%d+)-(%d+)$')
  local bm, bs = string.match(b, '^(%d+)-(%d+)$')
  am, as, bm, bs = tonumber(am), tonumber(as), tonumber(bm), tonumber(bs)
  return am < bm or (am == bm and as < bs)
end
local function next(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return ms .. '-' .. string.format('%.0f', tonumber(seq) + 1)
end
local kept = {}
for s = 1, #KEYS do
  local stream = KEYS[s]
  local groups = redis.pcall('XINFO', 'GROUPS', stream)
  local floor, needs = string.format('%.0f', now) .. '-0', ''
  if not groups.err then
    for _, fields in ipairs(groups) do
      local info = {}
      for f = 1, #fields, 2 do info[fields[f]] = fields[f + 1] end
      local first = next(info['last-delivered-id'])
      if info.pending > 0 then
        local oldest = redis.call('XPENDING', stream, info.name)[2]
        if oldest and below(oldest, first) then first = oldest end
      end
      if below(first, floor) then floor, needs = first, info.name end
    end
    local over = redis.call('XLEN', stream) - tonumber(ARGV[1])
    if over > 0 then redis.call('XTRIM', stream, 'MINID', '~', floor, 'LIMIT', over) end
    local age = tonumber(ARGV[2])
    if age >= 0 then
      local oldest = string.format('%.0f', math.max(0, now - age)) .. '-0'
      redis.call('XTRIM', stream, 'MINID', below(oldest, floor) and oldest or floor)
    end
    local left = redis.call('XLEN', stream) - tonumber(ARGV[1])
    if left > 0 then kept[#kept + 1] = {left, needs} end
  end
end
return kept
`
