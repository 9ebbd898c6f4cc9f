import { existsSync } from "node:fs"
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { letEverybodyRead } from "./service-user.ts"

/**
 * Returns the cache's folder of this name. Where there is none, `fill` makes it under another name first, so that an interrupted
 * download never passes for a finished one, and two processes never write into the same folder.
 */
export async function fillCache(
  cache: string,
  name: string,
  fill: (partial: string) => Promise<void>,
): Promise<string> {
  const folder = join(cache, name)
  if (existsSync(folder)) return folder
  await mkdir(cache, { recursive: true })
  const partial = await mkdtemp(join(cache, `${name}.partial-`))
  try {
    await fill(partial)
    await letEverybodyRead(partial)
    await rename(partial, folder)
  } catch (error) {
    // Another process was faster: what it put there is as good.
    if (!existsSync(folder)) throw error
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
  return folder
}
