import { describe, it } from "vitest"
import type { Services } from "./create-services.ts"
import { type ServiceName, urlVariable } from "./service-name.ts"
import type { Environment } from "./source.ts"

/** In a test file: `body` defines the tests of a service that runs, and gets its URL. */
export type UsingService = (name: ServiceName, body: (url: string) => void) => void

/**
 * Where the service wasn't started, the tests are reported as skipped, except on CI, where that fails. A service that should run and
 * doesn't answer fails everywhere: turbo would take a result that says "skipped" from its cache also when the service runs again.
 */
export function createUsingService(services: Services, environment: Environment = process.env): UsingService {
  return (name, body) =>
    describe(`on ${name}`, async () => {
      const url = services.serviceUrl(name)
      if (url === undefined) return defineAbsence(name, !environment.CI)
      try {
        await services.checkService(name)
      } catch (cause) {
        return defineFailure(`${name} should run and doesn't answer`, cause)
      }
      body(url)
    })
}

function defineAbsence(name: ServiceName, mayBeAbsent: boolean): void {
  const reason = `${name} was not started ("pnpm services ${name}", or ${urlVariable(name)})`
  if (mayBeAbsent) it.skip(`is skipped: ${reason}`, () => {})
  else defineFailure(reason)
}

function defineFailure(message: string, cause?: unknown): void {
  it("reaches the service", () => {
    throw new Error(message, { cause })
  })
}
