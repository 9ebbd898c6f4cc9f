import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { createServices } from "@annals/services"
import type { Broker } from "./open-bus.ts"

const wardenFile = fileURLToPath(new URL("./broker-warden.ts", import.meta.url))

/** A broker that belongs to one run: nobody else is hit when it is killed. */
export interface BrokerServer extends AsyncDisposable {
  readonly url: string
  /** Kills all its processes at once, and starts it again on the same data. Several at a time strike one after the other. */
  killAndRestart(): Promise<void>
  /** Its data stays in the folder when it ends. */
  keep(): void
}

/** Starts a new broker; its data, and all that belongs to it, lies in `folder`, and is gone with it. */
export async function startBroker(broker: Broker, folder: string): Promise<BrokerServer> {
  // Where the environment names a broker, that one is somebody else's.
  const services = createServices({ folder, environment: {} })
  const warden = fork(wardenFile, [broker, folder], {
    execArgv: [],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  })
  warden.on("error", () => {}) // only an emergency is worse without it
  let kept = false
  const stop = async () => {
    await (kept ? services.killService(broker) : services.removeServices([broker]))
    warden.kill("SIGKILL")
  }
  try {
    await services.startServices([broker])
  } catch (error) {
    await stop()
    throw error
  }
  let restarted = Promise.resolve()
  return {
    url: services.serviceUrl(broker) as string,
    killAndRestart() {
      const next = restarted.then(async () => {
        await services.killService(broker)
        await services.restartService(broker)
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
