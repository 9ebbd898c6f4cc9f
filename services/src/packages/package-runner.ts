import { existsSync } from "node:fs"
import { mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Authority } from "../certificates/authority.ts"
import { definitions } from "../definitions/all-definitions.ts"
import {
  type Command,
  openssl,
  portAt,
  type ServiceDefinition,
  type ServiceSite,
} from "../definitions/service-definition.ts"
import { checkListening } from "../health/check-listening.ts"
import { waitUntilUsable } from "../health/wait-until-usable.ts"
import { killTree } from "../processes/kill-tree.ts"
import { lastLines } from "../processes/last-lines.ts"
import { areAlive, type ProcessIdentity } from "../processes/process-identity.ts"
import { runToEnd } from "../processes/run-to-end.ts"
import { startDetached } from "../processes/start-detached.ts"
import { ServiceError } from "../service-error.ts"
import type { ServiceName } from "../service-name.ts"
import { type ServiceRunner, startTimeoutMs } from "../service-runner.ts"
import { elsewhere, reachableFolder, removeReachableFolder } from "../state/reachable-folder.ts"
import { readState, type ServiceEntry, writeEntry } from "../state/service-state.ts"
import { giveTo, serviceUser } from "./service-user.ts"
import { findProgram, installMissing, requirePrograms } from "./system-programs.ts"

export interface PackageRunnerOptions {
  /** Holds the state and, where its user can get there, the data. */
  readonly folder: string
  /** Holds what was downloaded. */
  readonly cache: string
  readonly urlOf: (name: ServiceName) => string
  readonly authority: Authority
}

/** Runs services as processes of this machine that outlive ours. */
export function createPackageRunner(options: PackageRunnerOptions): ServiceRunner {
  return {
    start: (names) => startAll(names, options),
    kill: (name) => kill(options.folder, name),
    remove: (names) => remove(options.folder, names),
  }
}

async function startAll(names: readonly ServiceName[], options: PackageRunnerOptions) {
  const services = names.map((name) => definitions[name])
  const installation = installMissing(services)
  // Who needs nothing of it doesn't wait for it, nor fails with it.
  installation.catch(() => {})
  return Promise.allSettled(services.map((service) => startOne(service, installation, options)))
}

async function startOne(
  service: ServiceDefinition,
  installation: Promise<void>,
  options: PackageRunnerOptions,
): Promise<void> {
  const { folder } = options
  if (entryOf(folder, service.name).processes.length > 0) {
    // It may run and be of no use: one of its processes has ended, say.
    if (await answers(service, folder)) return
    await kill(folder, service.name)
  }
  if (service.systemPrograms.some((one) => !findProgram(one))) await installation
  requirePrograms(service)
  const site = await openSite(service, options)
  if (!entryOf(folder, service.name).prepared || !existsSync(site.folder))
    await prepare(service, site, options)
  await launch(service, site, folder)
}

async function answers(service: ServiceDefinition, folder: string): Promise<boolean> {
  const { processes, url } = entryOf(folder, service.name)
  if (!areAlive(processes)) return false
  return service.check(url).then(
    () => true,
    () => false,
  )
}

async function openSite(service: ServiceDefinition, options: PackageRunnerOptions): Promise<ServiceSite> {
  const user = serviceUser()
  const fetched = (await service.fetch?.(reachableFolder(options.cache, user))) ?? ""
  return {
    folder: join(reachableFolder(dataFolder(options.folder), user), service.name),
    fetched,
    ports: entryOf(options.folder, service.name).ports,
    secret: readState(options.folder).secret,
    program: (name) => pathOf(service, name),
    urlOf: options.urlOf,
  }
}

function pathOf(service: ServiceDefinition, name: string): string {
  const program = service.systemPrograms.find((one) => one.program === name)
  const path = program && findProgram(program)
  if (path === undefined) throw new Error(`${service.name} does not name ${name} among its programs`)
  return path
}

async function prepare(
  service: ServiceDefinition,
  site: ServiceSite,
  { folder, authority }: PackageRunnerOptions,
): Promise<void> {
  await rm(site.folder, { recursive: true, force: true })
  await mkdir(site.folder, { mode: 0o700 })
  for (const [name, content] of Object.entries(service.files(site))) {
    await writeFile(join(site.folder, name), content, { mode: 0o600 })
  }
  if (service.securePorts !== undefined) await authority.issue(site.program(openssl.program), site.folder)
  await giveTo(serviceUser(), site.folder)
  for (const { program, args, env } of service.preparation(site)) {
    const surroundings = { cwd: site.folder, env: environment(site, env), ...serviceUser() }
    await runToEnd({ program, args, ...surroundings })
  }
  writeEntry(folder, service.name, { ...entryOf(folder, service.name), prepared: true })
}

async function launch(service: ServiceDefinition, site: ServiceSite, folder: string): Promise<void> {
  const log = join(site.folder, "log")
  await rm(log, { force: true })
  for (const leftover of service.leftovers) await rm(join(site.folder, leftover), { force: true })
  const processes: ProcessIdentity[] = []
  try {
    for (const command of service.processes(site)) {
      processes.push(await startCommand(command, site, log))
      // At once: who is interrupted now must leave nothing behind that nobody knows of.
      writeEntry(folder, service.name, { ...entryOf(folder, service.name), processes })
    }
    await waitUntilUsable({
      async check() {
        await service.check(entryOf(folder, service.name).url)
        // Some servers open one listener after the other.
        for (const index of service.securePorts ?? []) await checkListening(portAt(site.ports, index))
      },
      isAlive: () => areAlive(processes),
      timeoutMs: startTimeoutMs,
    })
  } catch (cause) {
    const written = await readFile(log, "utf8").catch(() => "")
    await kill(folder, service.name)
    throw new ServiceError(`${(cause as Error).message}\nIts log ends with:\n${lastLines(written)}`, {
      cause,
    })
  }
  writeEntry(folder, service.name, { ...entryOf(folder, service.name), usable: true })
}

async function startCommand(command: Command, site: ServiceSite, log: string): Promise<ProcessIdentity> {
  const identity = await startDetached({
    program: command.program,
    args: command.args,
    env: environment(site, command.env),
    cwd: site.folder,
    log,
    ...serviceUser(),
  })
  if (identity === undefined) throw new ServiceError("it ended at once")
  return identity
}

/** Little of ours: a service must not depend on who started it. */
function environment(site: ServiceSite, own: Readonly<Record<string, string>> = {}): Record<string, string> {
  const inherited = ["PATH", "JAVA_HOME", "SystemRoot", "TEMP"].flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { ...Object.fromEntries(inherited), HOME: site.folder, ...own }
}

async function kill(folder: string, name: ServiceName): Promise<void> {
  await killTree(entryOf(folder, name).processes)
  writeEntry(folder, name, { ...entryOf(folder, name), processes: [] })
}

async function remove(folder: string, names: readonly ServiceName[]): Promise<void> {
  const data = elsewhere(dataFolder(folder)) ?? dataFolder(folder)
  for (const name of names) {
    await kill(folder, name)
    await rm(join(data, name), { recursive: true, force: true })
    writeEntry(folder, name, undefined)
  }
  const left = Object.values(readState(folder).services).some((entry) => entry?.source === "packages")
  if (!left) removeReachableFolder(dataFolder(folder))
}

function entryOf(folder: string, name: ServiceName): ServiceEntry {
  const entry = readState(folder).services[name]
  if (entry === undefined) throw new Error(`${name} has no entry in ${folder}`)
  return entry
}

function dataFolder(folder: string): string {
  return join(folder, "data")
}
