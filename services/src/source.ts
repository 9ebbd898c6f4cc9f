import { type ServiceName, urlVariable } from "./service-name.ts"
import type { ServiceEntry } from "./state/service-state.ts"

/** Variables of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Who runs a service: somebody else, whose URL the environment gives; Docker Compose; or we, from packages. */
export type Source = "environment" | "compose" | "packages"

/** The environment goes before everything, also before what runs here already. What runs here stays with who started it. */
export function sourceOf(
  name: ServiceName,
  known: {
    readonly environment: Environment
    readonly entry: ServiceEntry | undefined
    readonly hasEngine: boolean
  },
): Source {
  if (urlFromEnvironment(name, known.environment) !== undefined) return "environment"
  return known.entry?.source ?? (known.hasEngine ? "compose" : "packages")
}

/** An empty variable is one that isn't set. */
export function urlFromEnvironment(name: ServiceName, environment: Environment): string | undefined {
  return environment[urlVariable(name)] || undefined
}
