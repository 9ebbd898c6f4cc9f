import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { createServices, type Services } from "@annals/services"
import { ask } from "./ask.ts"

const wardenFile = fileURLToPath(new URL("./server-warden.ts", import.meta.url))

/** A server that belongs to one run: nobody else is hit when it is killed. */
export interface PostgresServer extends AsyncDisposable {
  readonly url: string
  /**
   * Kills all its processes at once, and starts it again on the same data. Several at a time strike one after the other; `afterwards` is done before
   * the next one.
   */
  killAndRestart(afterwards?: () => Promise<void>): Promise<void>
  /** Its data stays in the folder when it ends. */
  keep(): void
}

/** Starts a new server; its data, and all that belongs to it, lies in `folder`, and is gone with it. */
export async function startPostgresServer(folder: string): Promise<PostgresServer> {
  // Where the environment names a server, that one is somebody else's.
  const services = createServices({ folder, environment: {} })
  const warden = fork(wardenFile, [folder], { execArgv: [], stdio: ["ignore", "ignore", "ignore", "ipc"] })
  warden.on("error", () => {}) // only an emergency is worse without it
  let kept = false
  const stop = async () => {
    await (kept ? services.killService("postgres") : services.removeServices(["postgres"]))
    warden.kill("SIGKILL")
  }
  try {
    await services.startServices(["postgres"])
    await prepareServer(services)
  } catch (error) {
    await stop()
    throw error
  }
  let restarted = Promise.resolve()
  return {
    url: urlOf(services),
    killAndRestart(afterwards) {
      const next = restarted.then(async () => {
        await services.killService("postgres")
        await services.restartService("postgres")
        await afterwards?.()
      })
      restarted = next.catch(() => {})
      return next
    },
    keep() {
      kept = true
    },
    [Symbol.asyncDispose]: async () => {
      await restarted
      await stop()
    },
  }
}

/** Whoever says so in a transaction has a commit that hangs when it is done, since the standby that it waits for doesn't exist. */
async function prepareServer(services: Services): Promise<void> {
  const url = urlOf(services)
  await ask(url, "ALTER SYSTEM SET synchronous_commit = 'local'")
  await ask(url, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
  // A reload takes effect at a time that nobody tells.
  await services.restartService("postgres")
}

function urlOf(services: Services): string {
  return services.serviceUrl("postgres") as string
}
