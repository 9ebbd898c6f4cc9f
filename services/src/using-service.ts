import { describe, it } from "vitest"
import type { Services } from "./create-services.ts"
import { type SecureServiceName, type SecureServices, secureVariable } from "./secure/secure-services.ts"
import { type ServiceName, urlVariable } from "./service-name.ts"
import type { Environment } from "./source.ts"

/** In a test file: `body` defines the tests of a service that runs, and gets its URL. */
export type UsingService = (name: ServiceName, body: (url: string) => void) => void

/** The same, with what it takes to reach the service by TLS. */
export type UsingSecureService = <Name extends SecureServiceName>(
  name: Name,
  body: (secure: SecureServices[Name]) => void,
) => void

/**
 * Where the service wasn't started, the tests are reported as skipped, except on CI, where that fails. A service that should run and
 * doesn't answer fails everywhere: turbo would take a result that says "skipped" from its cache also when the service runs again.
 */
export function createUsingService(services: Services, environment: Environment = process.env): UsingService {
  return (name, body) =>
    describe(`on ${name}`, () =>
      define(name, services, environment, () => services.serviceUrl(name), urlVariable(name), body))
}

/** As `createUsingService`. */
export function createUsingSecureService(
  services: Services,
  environment: Environment = process.env,
): UsingSecureService {
  return (name, body) =>
    describe(`on ${name}, by TLS`, () =>
      define(name, services, environment, () => services.secureService(name), secureVariable(name), body))
}

async function define<Access>(
  name: ServiceName,
  services: Services,
  environment: Environment,
  find: () => Access | undefined,
  variable: string,
  body: (access: Access) => void,
): Promise<void> {
  const reason = `${name} was not started ("pnpm services ${name}", or ${variable})`
  const access = find()
  if (access === undefined) return defineAbsence(reason, !environment.CI)
  try {
    await services.checkService(name)
  } catch (cause) {
    return defineFailure(`${name} should run and doesn't answer`, cause)
  }
  body(access)
}

function defineAbsence(reason: string, mayBeAbsent: boolean): void {
  if (mayBeAbsent) it.skip(`is skipped: ${reason}`, () => {})
  else defineFailure(reason)
}

function defineFailure(message: string, cause?: unknown): void {
  it("reaches the service", () => {
    throw new Error(message, { cause })
  })
}
