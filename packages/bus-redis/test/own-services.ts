import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createServices, type ServiceName, type Services } from "@annals/services"
import { afterAll, beforeAll } from "vitest"

/** A server of a suite's own, which it may kill, wipe and change. Called in a suite. */
export function ownService(name: ServiceName): { readonly url: string; readonly services: Services } {
  let folder = ""
  let services: Services
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "annals-bus-redis-"))
    services = createServices({ folder, environment: {} })
    await services.startServices([name])
  }, 60_000)
  afterAll(async () => {
    await services.removeServices()
    await rm(folder, { recursive: true, force: true })
  }, 60_000)
  return {
    get url() {
      return services.serviceUrl(name) as string
    },
    get services() {
      return services
    },
  }
}
