import { askRedis, type RedisAddress, redisAddress } from "./ask-redis.ts"

/** Asks each node that one of them knows whether it sees the whole cluster. A master that has just started refuses commands for two seconds. */
export async function checkRedisCluster(url: string): Promise<void> {
  const first = redisAddress(url)
  const nodes = await askRedis(first, "CLUSTER", "NODES")
  for (const { groups } of nodes.matchAll(/^\w+ (?<hostname>[^:]+):(?<port>\d+)/gm)) {
    await checkNode({ ...first, ...(groups as { hostname: string; port: string }) })
  }
}

async function checkNode(address: RedisAddress): Promise<void> {
  const info = await askRedis(address, "CLUSTER", "INFO")
  if (!info.includes("cluster_state:ok"))
    throw new Error(`node ${address.port} doesn't see the whole cluster`)
}
