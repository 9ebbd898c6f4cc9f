/**
 * Adds events to streams, in order, all of them or (when the first is refused, for want of memory) none.
 *
 * KEYS: streams. ARGV, for each event: which of the keys, event id, message.
 */
export const publishScript = `
for i = 1, #ARGV, 3 do
  redis.call('XADD', KEYS[tonumber(ARGV[i])], '*', ARGV[i + 1], ARGV[i + 2])
end
return 1
`
