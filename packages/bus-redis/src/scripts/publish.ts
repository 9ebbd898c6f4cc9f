/**
 * Adds events to streams, in order, all of them or (when the first is refused, for want of memory) none.
 *
 * KEYS: streams. ARGV, for each event: which of the keys, event id, head, body.
 */
export const publishScript = `
for i = 1, #ARGV, 4 do
  redis.call('XADD', KEYS[tonumber(ARGV[i])], '*', 'id', ARGV[i + 1], 'head', ARGV[i + 2], 'body', ARGV[i + 3])
end
return 1
`
