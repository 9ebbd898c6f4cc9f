import type { Logger } from "@annals/core"
import { serverTooOld } from "../errors.ts"
import type { RedisLink } from "./redis-link.ts"

/** Looks whether the server can do what is needed (else throws `BUS_FAILED`), and says when it may lose what it has acknowledged. */
export async function checkServer(link: RedisLink, logger: Logger | undefined): Promise<void> {
  const info = await readInfo(link, logger)
  if (info === undefined) return
  const version = info.get("redis_version") ?? ""
  const [major = 0, minor = 0] = version.split(".").map(Number)
  if (version !== "" && (major < 6 || (major === 6 && minor < 2))) throw serverTooOld(version)
  if (info.get("aof_enabled") === "0") {
    logger?.warn(
      "Redis runs without an append-only file: events that it has acknowledged are lost when it stops; set appendonly yes",
    )
  }
  const policy = info.get("maxmemory_policy") ?? "noeviction"
  if (info.get("maxmemory") !== "0" && policy !== "noeviction" && !policy.startsWith("volatile-")) {
    logger?.warn("Redis may evict events when memory runs short; set maxmemory-policy noeviction", { policy })
  }
}

/** `undefined`: this user may not ask. */
async function readInfo(
  link: RedisLink,
  logger: Logger | undefined,
): Promise<ReadonlyMap<string, string> | undefined> {
  let text: string
  try {
    text = String(await link.command("info", []))
  } catch (error) {
    if (!/NOPERM/.test((error as Error).message)) throw error
    logger?.debug("this user may not ask Redis about itself (INFO): its settings aren't checked")
    return undefined
  }
  const lines = text.split("\r\n").filter((line) => line.includes(":"))
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]))
}
