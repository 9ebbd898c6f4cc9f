import { describe, it } from "vitest"
import { checkService, serviceUrl } from "./repository-services.ts"
import { type ServiceName, urlVariable } from "./service-name.ts"

/**
 * In a test file: `body` defines the tests of a service that runs, and gets its URL. Where it wasn't started, they are reported as
 * skipped, except on CI, where that fails. A service that should run and doesn't answer fails everywhere: a result that says "skipped"
 * would be taken from the cache also when it runs again.
 */
export function usingService(name: ServiceName, body: (url: string) => void): void {
  describe(`on ${name}`, async () => {
    const url = serviceUrl(name)
    if (url === undefined && !process.env.CI) {
      return it.skip(`is skipped: ${notStarted(name)}`, () => {})
    }
    try {
      await checkService(name)
    } catch (cause) {
      return it("reaches the service", () => {
        throw new Error(url === undefined ? notStarted(name) : `${name} doesn't answer`, { cause })
      })
    }
    if (url !== undefined) body(url)
  })
}

function notStarted(name: ServiceName): string {
  return `${name} was not started ("pnpm services ${name}", or ${urlVariable(name)})`
}
