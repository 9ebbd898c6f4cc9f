export { createRedisBus } from "./create-redis-bus.ts"
export type { RedisBusOptions } from "./redis-bus-options.ts"
