import { createHash } from "node:crypto"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Authority } from "../certificates/authority.ts"
import { definitions } from "../definitions/all-definitions.ts"
import { portAt } from "../definitions/service-definition.ts"
import { checkListening } from "../health/check-listening.ts"
import { waitUntilUsable } from "../health/wait-until-usable.ts"
import { runToEnd } from "../processes/run-to-end.ts"
import { ServiceError } from "../service-error.ts"
import { type ServiceName, serviceNames, urlVariable } from "../service-name.ts"
import { type ServiceRunner, startTimeoutMs } from "../service-runner.ts"
import { readState, writeEntry } from "../state/service-state.ts"
import { composeCertificates, issueComposeCertificate } from "./compose-certificates.ts"

const composeFile = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "compose.yaml")

/** Whether a Docker engine answers, and its client knows Compose. */
export async function hasComposeEngine(): Promise<boolean> {
  try {
    await runToEnd({ program: "docker", args: ["info"], timeout: 10_000 })
    await runToEnd({ program: "docker", args: ["compose", "version"], timeout: 10_000 })
    return true
  } catch {
    return false
  }
}

/** Runs services as containers of a Compose project that belongs to this folder. */
export function createComposeRunner(folder: string, authority: Authority): ServiceRunner {
  return {
    start: (names) => startAll(folder, names, authority),
    kill: async (name) => void (await compose(folder, ["kill", "--signal", "SIGKILL", name])),
    async remove(names) {
      await compose(folder, ["rm", "--stop", "--force", "--volumes", ...names])
      for (const name of names) writeEntry(folder, name, undefined)
      // The last one takes the network along.
      const left = Object.values(readState(folder).services).some((entry) => entry?.source === "compose")
      if (!left) await compose(folder, ["down", "--volumes"])
    },
  }
}

async function startAll(folder: string, names: readonly ServiceName[], authority: Authority) {
  const startable = names.filter((name) => foreignNeed(folder, name) === undefined)
  const up = startable.length === 0 ? undefined : bringUp(folder, startable, authority)
  up?.catch(() => {})
  return Promise.allSettled(
    names.map(async (name) => {
      const need = foreignNeed(folder, name)
      if (need !== undefined) {
        throw new ServiceError(
          `a container can't stand before a ${need} that isn't one: set ${urlVariable(name)} to one that does`,
        )
      }
      await up
      await waitFor(folder, name)
    }),
  )
}

/** All at once: two runs of Compose would race for the project's network. */
async function bringUp(folder: string, names: readonly ServiceName[], authority: Authority): Promise<void> {
  if (names.some((name) => definitions[name].securePorts)) await issueComposeCertificate(authority, folder)
  await compose(folder, ["up", "--detach", "--no-recreate", ...names])
}

/** A service that this one needs and that runs elsewhere: Compose would start a second one. */
function foreignNeed(folder: string, name: ServiceName): ServiceName | undefined {
  const { services } = readState(folder)
  return definitions[name].needs.find((need) => services[need]?.source !== "compose")
}

async function waitFor(folder: string, name: ServiceName): Promise<void> {
  const entry = readState(folder).services[name]
  if (entry === undefined) throw new Error(`${name} has no entry in ${folder}`)
  try {
    await waitUntilUsable({
      async check() {
        await definitions[name].check(entry.url)
        for (const index of definitions[name].securePorts ?? [])
          await checkListening(portAt(entry.ports, index))
      },
      isAlive: () => true,
      timeoutMs: startTimeoutMs,
    })
  } catch (cause) {
    const log = await compose(folder, ["logs", "--no-color", "--tail", "30", name]).catch(() => "")
    throw new ServiceError(`${(cause as Error).message}\nIts log ends with:\n${log}`, { cause })
  }
  writeEntry(folder, name, { ...entry, prepared: true, usable: true })
}

function compose(folder: string, args: readonly string[]): Promise<string> {
  const project = `annals-${createHash("sha256").update(folder).digest("hex").slice(0, 8)}`
  return runToEnd({
    program: "docker",
    args: ["compose", "--project-name", project, "--file", composeFile, ...args],
    env: variables(folder),
  })
}

/** What the file leaves open, also of services that aren't asked for: Compose reads all of it. */
function variables(folder: string): Record<string, string> {
  const { secret, services } = readState(folder)
  const ports = serviceNames.flatMap((name) => {
    const variable = urlVariable(name).replace(/_URL$/, "_PORT")
    return Array.from({ length: definitions[name].portCount }, (_, index) => [
      index === 0 ? variable : `${variable}_${index}`,
      `${services[name]?.ports[index] ?? 0}`,
    ])
  })
  return { ...Object.fromEntries(ports), ...composeCertificates(folder), ANNALS_SECRET: secret }
}
