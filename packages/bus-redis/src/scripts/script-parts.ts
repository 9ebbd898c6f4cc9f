/** Redis' clock, in epoch milliseconds: leases and retries know no other. */
export const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`

/**
 * A server that is short of memory refuses what takes more, unless the script has written something before. Consumers must go on then, so that memory
 * gets free: their scripts begin with a write that changes nothing.
 */
export const despiteMemory = `
redis.call('DEL', KEYS[1] .. ':none')
`

/** Makes a group where it isn't there; returns whether it had to. */
export const makeGroup = `
local function makeGroup(stream, group, from)
  local made = redis.pcall('XGROUP', 'CREATE', stream, group, from, 'MKSTREAM')
  if not made.err then return 1 end
  if not string.find(made.err, 'BUSYGROUP') then error(made.err) end
  return 0
end
`

/** Whether a member holds a partition, by the token that it got: of a lease ("stream"), or as one of the living ("none"). */
export const holds = `
local function holds(kind, guard, token)
  if kind == 'stream' then return redis.call('HGET', guard, 'holder') == token end
  return redis.call('ZSCORE', guard, token) ~= false
end
`

/**
 * Makes of stream entries one flat list: entry id, event id, message, attempts. What was deleted from the stream while it was pending is acknowledged.
 */
export const flatten = `
local function flatten(flat, stream, group, entries, attempts)
  local at = #flat
  for e = 1, #entries do
    local id, fields = entries[e][1], entries[e][2]
    if fields then
      local tries = fields[3] == 'attempts' and tonumber(fields[4]) or 0
      if attempts then tries = tonumber(redis.call('HGET', attempts, id) or 0) end
      flat[at + 1], flat[at + 2], flat[at + 3], flat[at + 4] = id, fields[1], fields[2], tries
      at = at + 4
    else
      redis.call('XACK', stream, group, id)
    end
  end
end
`

/** What a stream knows of a group, as a table; nil without the group. */
export const groupInfo = `
local function groupInfo(stream, group)
  local groups = redis.pcall('XINFO', 'GROUPS', stream)
  if groups.err then return nil end
  for _, fields in ipairs(groups) do
    local info = {}
    for f = 1, #fields, 2 do info[fields[f]] = fields[f + 1] end
    if info.name == group then return info end
  end
end
`

/** The name under which whoever holds a partition's lease reads: what a holder leaves behind is the next one's at once. */
export const leaseHolder = "holder"
