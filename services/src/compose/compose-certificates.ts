import { existsSync, readFileSync } from "node:fs"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { type Authority, certificateFiles } from "../certificates/authority.ts"
import { openssl } from "../definitions/service-definition.ts"
import { findProgram } from "../packages/system-programs.ts"
import { ServiceError } from "../service-error.ts"

/** What `compose.yaml` calls them. */
const variables = {
  ANNALS_AUTHORITY: certificateFiles.authority,
  ANNALS_CERTIFICATE: certificateFiles.certificate,
  ANNALS_KEY: certificateFiles.key,
  ANNALS_KEY_AND_CERTIFICATE: certificateFiles.both,
} as const

/** Makes the certificate that all containers share, unless it is there. They get it as text, since other users own the processes in them. */
export async function issueComposeCertificate(authority: Authority, folder: string): Promise<void> {
  const into = certificateFolder(folder)
  if (existsSync(join(into, certificateFiles.both))) return
  const program = findProgram(openssl)
  if (program === undefined)
    throw new ServiceError("missing on this machine: openssl, which makes certificates")
  await mkdir(into, { recursive: true, mode: 0o700 })
  await authority.issue(program, into)
}

export function composeCertificates(folder: string): Record<string, string> {
  const read = (name: string) => {
    const file = join(certificateFolder(folder), name)
    return existsSync(file) ? readFileSync(file, "utf8") : ""
  }
  return Object.fromEntries(Object.entries(variables).map(([variable, name]) => [variable, read(name)]))
}

function certificateFolder(folder: string): string {
  return join(folder, "compose")
}
