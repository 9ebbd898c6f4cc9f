import { readFileSync } from "node:fs"
import { join } from "node:path"
import { authorityCertificate } from "../certificates/authority.ts"
import { definitions } from "../definitions/all-definitions.ts"
import { ServiceError } from "../service-error.ts"
import { type Environment, urlFromEnvironment } from "../source.ts"
import { readState } from "../state/service-state.ts"
import {
  type SecureServiceName,
  type SecureServices,
  secureAccess,
  secureVariable,
} from "./secure-services.ts"

/** Where the authority of a folder's services lies. */
export function authorityFolder(folder: string): string {
  return join(folder, "authority")
}

/** Where the environment names the server, it must also say how that one is reached by TLS. */
export function findSecureService<Name extends SecureServiceName>(
  name: Name,
  folder: string,
  environment: Environment,
): SecureServices[Name] | undefined {
  if (urlFromEnvironment(name, environment) !== undefined) {
    const access = environment[secureVariable(name)]
    return access ? (JSON.parse(access) as SecureServices[Name]) : undefined
  }
  const { secret, services } = readState(folder)
  const entry = services[name]
  if (entry?.usable !== true) return undefined
  if (entry.ports.length < definitions[name].portCount) {
    throw new ServiceError(`${name} was started before it had TLS: "pnpm services down ${name}" ends it`)
  }
  const access = secureAccess[name]({ ports: entry.ports, secret })
  const ca = readFileSync(authorityCertificate(authorityFolder(folder)), "utf8")
  return { ...access, ca } as SecureServices[Name]
}
