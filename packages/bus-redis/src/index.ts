export { createRedisBus } from "./create-redis-bus.ts"
export type {
  RedisBusOptions,
  RedisClusterOptions,
  RedisNode,
  RedisSentinelOptions,
} from "./redis-bus-options.ts"
