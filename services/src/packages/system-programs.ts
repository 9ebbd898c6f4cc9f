import { existsSync } from "node:fs"
import { rm, writeFile } from "node:fs/promises"
import { delimiter, join } from "node:path"
import type { ServiceDefinition, SystemProgram } from "../definitions/service-definition.ts"
import { runToEnd } from "../processes/run-to-end.ts"
import { ServiceError } from "../service-error.ts"
import { urlVariable } from "../service-name.ts"

/** Asked by Debian's packages before they start a service of their own. */
const servicePolicy = "/usr/sbin/policy-rc.d"

/** The program's path, or undefined. */
export function findProgram({ program, folders = [] }: SystemProgram): string | undefined {
  const extensions = process.platform === "win32" ? [".exe", ".cmd"] : [""]
  return [...folders, ...(process.env.PATH ?? "").split(delimiter)]
    .flatMap((folder) => extensions.map((extension) => join(folder, `${program}${extension}`)))
    .find((path) => existsSync(path))
}

/** Installs what the services miss by apt-get, if we are root and there is one: all at once, since only one apt-get can run. */
export async function installMissing(services: readonly ServiceDefinition[]): Promise<void> {
  const missing = services.flatMap(({ systemPrograms }) => systemPrograms.filter((one) => !findProgram(one)))
  if (
    missing.length === 0 ||
    process.getuid?.() !== 0 ||
    !findProgram({ program: "apt-get", debianPackage: "apt" })
  ) {
    return
  }
  const packages = [...new Set(missing.map(({ debianPackage }) => debianPackage))]
  await withoutStartingServices(async () => {
    // A list of packages that is missing or too old shows only here.
    await aptInstall(packages).catch(async () => {
      await apt(["update"])
      await aptInstall(packages)
    })
  })
}

/** @throws ServiceError that says what to install. */
export function requirePrograms(service: ServiceDefinition): void {
  const missing = service.systemPrograms.filter((one) => !findProgram(one))
  if (missing.length === 0) return
  const programs = missing.map(
    ({ program, debianPackage }) => `${program} (Debian's package ${debianPackage})`,
  )
  throw new ServiceError(
    `missing on this machine: ${programs.join(", ")}. Install it, or run a Docker engine, or set ${urlVariable(service.name)} to a server of yours`,
  )
}

function aptInstall(packages: readonly string[]): Promise<string> {
  return apt(["install", "--yes", "--no-install-recommends", ...packages])
}

function apt(args: readonly string[]): Promise<string> {
  return runToEnd({
    program: "apt-get",
    args: ["-o", "DPkg::Lock::Timeout=120", ...args],
    env: { DEBIAN_FRONTEND: "noninteractive" },
  })
}

/** A policy that is there already is somebody's decision, and stays. */
async function withoutStartingServices(work: () => Promise<void>): Promise<void> {
  if (existsSync(servicePolicy)) return work()
  await writeFile(servicePolicy, "#!/bin/sh\nexit 101\n", { mode: 0o755 })
  try {
    await work()
  } finally {
    await rm(servicePolicy, { force: true })
  }
}
