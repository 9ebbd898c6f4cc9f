import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createServices, type Services } from "@annals/services"

export interface TemporaryServices extends AsyncDisposable {
  readonly folder: string
  readonly services: Services
}

/** Services of a folder of their own, all ended at the end of the block. The environment is empty unless given. */
export async function temporaryServices(
  environment: Readonly<Record<string, string>> = {},
): Promise<TemporaryServices> {
  const folder = await mkdtemp(join(tmpdir(), "annals-services-test-"))
  const services = createServices({ folder, environment })
  return {
    folder,
    services,
    async [Symbol.asyncDispose]() {
      await services.removeServices()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
