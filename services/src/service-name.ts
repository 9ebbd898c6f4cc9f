/** `postgres` is the newest version that the store supports, `postgres-oldest` the oldest; `pgbouncer` stands before `postgres`. */
export const serviceNames = [
  "postgres",
  "postgres-oldest",
  "pgbouncer",
  "redis",
  "redis-cluster",
  "redis-sentinel",
  "rabbitmq",
  "kafka",
] as const

export type ServiceName = (typeof serviceNames)[number]

/** The environment variable that names a service running elsewhere: `ANNALS_POSTGRES_OLDEST_URL`. */
export function urlVariable(name: ServiceName): string {
  return `ANNALS_${name.toUpperCase().replaceAll("-", "_")}_URL`
}

export function isServiceName(name: string): name is ServiceName {
  return (serviceNames as readonly string[]).includes(name)
}
