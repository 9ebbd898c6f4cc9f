import { askRedis, redisAddress } from "./ask-redis.ts"

/** Asks the sentinel for its master, and the master for a replica that is up to date: without one, there is nothing to fail over to. */
export async function checkRedisSentinel(url: string): Promise<void> {
  const sentinel = redisAddress(url)
  const name = new URL(url).pathname.slice(1)
  const info = await askRedis(sentinel, "INFO", "sentinel")
  const master = new RegExp(`name=${name},status=ok,address=(?<hostname>[^:]+):(?<port>\\d+)`).exec(info)
  if (master === null) throw new Error(`the sentinel sees no master "${name}"`)
  const address = { ...sentinel, ...(master.groups as { hostname: string; port: string }) }
  const replication = await askRedis(address, "INFO", "replication")
  if (!/^slave0:.*state=online/m.test(replication)) throw new Error(`master "${name}" has no replica`)
}
