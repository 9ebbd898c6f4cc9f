import { join, resolve } from "node:path"
import { createAuthority } from "./certificates/authority.ts"
import { createComposeRunner, hasComposeEngine } from "./compose/compose-runner.ts"
import { definitions, withNeeds } from "./definitions/all-definitions.ts"
import { createPackageRunner } from "./packages/package-runner.ts"
import { drawPorts } from "./processes/draw-ports.ts"
import { authorityFolder, findSecureService } from "./secure/find-secure-service.ts"
import type { SecureServiceName, SecureServices } from "./secure/secure-services.ts"
import { ServiceError } from "./service-error.ts"
import { type ServiceName, serviceNames } from "./service-name.ts"
import type { ServiceRunner } from "./service-runner.ts"
import { type Environment, sourceOf, urlFromEnvironment } from "./source.ts"
import { openState, readState, type ServiceEntry, writeEntry } from "./state/service-state.ts"
import { withLock } from "./state/with-lock.ts"

export interface ServicesOptions {
  /** Holds the state and the data. Services of two folders know nothing of each other. @default `.services` at the repository's root */
  readonly folder?: string
  /** Where URLs of services that run elsewhere are looked up. @default the process's environment */
  readonly environment?: Environment
}

/** The services of one folder. */
export interface Services {
  /** From the environment, else of what was started here, also while it is killed. Reads the state's file, nothing more. */
  serviceUrl(name: ServiceName): string | undefined
  /** How clients reach the service by TLS, and as whom they log in. Undefined as for `serviceUrl`; elsewhere it has a variable of its own. */
  secureService<Name extends SecureServiceName>(name: Name): SecureServices[Name] | undefined
  /** One exchange with the service. Rejects unless it can be used. */
  checkService(name: ServiceName): Promise<void>
  /**
   * Makes services usable, with those that they need. What runs already is left as it is. All are tried; if some can't be had, the error
   * says which and why, and the others run.
   */
  startServices(names: readonly ServiceName[]): Promise<void>
  /** Ends a whole service at once, all its processes by SIGKILL. Its data stays. */
  killService(name: ServiceName): Promise<void>
  /** Starts a service again on its data and its port, and waits until it can be used. One that runs is killed first. */
  restartService(name: ServiceName): Promise<void>
  /** Whether the service was started here, so that it can be killed and restarted. */
  canRestart(name: ServiceName): boolean
  /** Ends services that were started here and removes their data. What was downloaded stays. @default all */
  removeServices(names?: readonly ServiceName[]): Promise<void>
}

const repositoryFolder = resolve(import.meta.dirname, "..", "..", ".services")

export function createServices(options: ServicesOptions = {}): Services {
  const folder = options.folder === undefined ? repositoryFolder : resolve(options.folder)
  const environment = options.environment ?? process.env
  const entryOf = (name: ServiceName): ServiceEntry | undefined => readState(folder).services[name]
  const serviceUrl = (name: ServiceName) => {
    const entry = entryOf(name)
    return urlFromEnvironment(name, environment) ?? (entry?.usable === true ? entry.url : undefined)
  }
  const authority = createAuthority(authorityFolder(folder))
  const runners: Readonly<Record<ServiceEntry["source"], ServiceRunner>> = {
    compose: createComposeRunner(folder, authority),
    packages: createPackageRunner({
      folder,
      cache: join(repositoryFolder, "cache"),
      authority,
      urlOf: (name) => urlFromEnvironment(name, environment) ?? entryOf(name)?.url ?? missing(name),
    }),
  }

  async function checkService(name: ServiceName): Promise<void> {
    await definitions[name].check(serviceUrl(name) ?? missing(name))
  }

  async function unusable(names: readonly ServiceName[]): Promise<readonly ServiceName[]> {
    const checks = await Promise.allSettled(names.map((name) => checkService(name)))
    return names.filter((_, index) => checks[index]?.status === "rejected")
  }

  async function startServices(names: readonly ServiceName[]): Promise<void> {
    const wanted = withNeeds(names)
    // Without the lock: most calls find everything running.
    if ((await unusable(wanted)).length === 0) return
    await withLock(folder, () => startUnderLock(wanted))
  }

  async function startUnderLock(names: readonly ServiceName[]): Promise<void> {
    const { services } = openState(folder)
    const isElsewhere = (name: ServiceName) => urlFromEnvironment(name, environment) !== undefined
    const hasEngine =
      names.some((name) => !isElsewhere(name) && services[name] === undefined) && (await hasComposeEngine())
    const source = (name: ServiceName) => sourceOf(name, { environment, entry: services[name], hasEngine })
    const of = (one: string) => names.filter((name) => source(name) === one)
    const outcomes = await Promise.all([
      checkElsewhere(of("environment")),
      startFrom("compose", of("compose")),
      startFrom("packages", of("packages")),
    ])
    const problems = outcomes.flat()
    if (problems.length > 0) throw new ServiceError(problems.join("\n\n"))
  }

  async function checkElsewhere(names: readonly ServiceName[]): Promise<readonly string[]> {
    const checks = await Promise.allSettled(names.map((name) => checkService(name)))
    return problemsOf(names, checks)
  }

  /** Returns what went wrong. */
  async function startFrom(
    source: ServiceEntry["source"],
    names: readonly ServiceName[],
  ): Promise<readonly string[]> {
    if (names.length === 0) return []
    const wereKnown = names.filter((name) => entryOf(name)?.usable === true)
    for (const name of names) await enter(name, source)
    const outcomes = await runners[source].start(names)
    const problems = problemsOf(names, outcomes)
    // Nothing is kept of a first start that failed: the next one begins anew, on other ports.
    const failed = names.filter(
      (name, index) => outcomes[index]?.status === "rejected" && !wereKnown.includes(name),
    )
    if (failed.length === 0) return problems
    const removal = await Promise.allSettled([runners[source].remove(failed)])
    return [...problems, ...problemsOf(failed, removal)]
  }

  async function enter(name: ServiceName, source: ServiceEntry["source"]): Promise<void> {
    const { secret, services } = readState(folder)
    if (services[name] !== undefined) return
    const { portCount, url } = definitions[name]
    const ports = await drawPorts(
      portCount,
      Object.values(services).flatMap((entry) => entry?.ports ?? []),
    )
    const entry = {
      source,
      ports,
      url: url({ ports, secret }),
      prepared: false,
      usable: false,
      processes: [],
    }
    writeEntry(folder, name, entry)
  }

  /** Who started it, or an error: nobody here may touch somebody else's server. */
  function runnerOf(name: ServiceName): ServiceRunner {
    const entry = entryOf(name)
    if (entry === undefined || !canRestart(name)) {
      throw new ServiceError(`${name} was not started here, so it is not ours to end or to restart`)
    }
    return runners[entry.source]
  }

  function canRestart(name: ServiceName): boolean {
    return urlFromEnvironment(name, environment) === undefined && entryOf(name)?.usable === true
  }

  async function restartUnderLock(name: ServiceName): Promise<void> {
    const runner = runnerOf(name)
    await runner.kill(name)
    const problems = problemsOf([name], await runner.start([name]))
    if (problems.length > 0) throw new ServiceError(problems.join("\n\n"))
  }

  async function removeUnderLock(names: readonly ServiceName[]): Promise<void> {
    for (const source of ["compose", "packages"] as const) {
      const own = names.filter((name) => entryOf(name)?.source === source)
      if (own.length > 0) await runners[source].remove(own)
    }
  }

  return {
    serviceUrl,
    secureService: (name) => findSecureService(name, folder, environment),
    checkService,
    startServices,
    killService: (name) => withLock(folder, async () => runnerOf(name).kill(name)),
    restartService: (name) => withLock(folder, () => restartUnderLock(name)),
    canRestart,
    removeServices: (names = serviceNames) => withLock(folder, () => removeUnderLock(names)),
  }
}

function problemsOf(
  names: readonly ServiceName[],
  outcomes: readonly PromiseSettledResult<void>[],
): readonly string[] {
  return outcomes.flatMap((outcome, index) =>
    outcome.status === "rejected" ? [`${names[index]}: ${(outcome.reason as Error).message}`] : [],
  )
}

function missing(name: ServiceName): never {
  throw new ServiceError(`${name} does not run: "pnpm services ${name}" starts it`)
}
