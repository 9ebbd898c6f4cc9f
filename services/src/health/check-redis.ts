import { askRedis, redisAddress } from "./ask-redis.ts"

/** Logs in and sends PING. While Redis still loads its data, it answers with an error. */
export async function checkRedis(url: string): Promise<void> {
  const answer = await askRedis(redisAddress(url), "PING")
  if (answer !== "PONG") throw new Error(`Redis answered ${answer}`)
}
