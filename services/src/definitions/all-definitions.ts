import type { ServiceName } from "../service-name.ts"
import { kafka } from "./kafka.ts"
import { pgbouncer } from "./pgbouncer.ts"
import { postgres, postgresOldest } from "./postgres.ts"
import { rabbitmq } from "./rabbitmq.ts"
import { redis } from "./redis.ts"
import { redisCluster } from "./redis-cluster.ts"
import { redisSentinel } from "./redis-sentinel.ts"
import type { ServiceDefinition } from "./service-definition.ts"

export const definitions: Readonly<Record<ServiceName, ServiceDefinition>> = {
  postgres,
  "postgres-oldest": postgresOldest,
  pgbouncer,
  redis,
  "redis-cluster": redisCluster,
  "redis-sentinel": redisSentinel,
  rabbitmq,
  kafka,
}

/** The services, each once, with those that they need. */
export function withNeeds(names: readonly ServiceName[]): readonly ServiceName[] {
  return [...new Set(names.flatMap((name) => [...definitions[name].needs, name]))]
}
