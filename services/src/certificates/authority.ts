import { existsSync } from "node:fs"
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { runToEnd } from "../processes/run-to-end.ts"

/** What a service with a certificate finds in its folder. */
export const certificateFiles = {
  /** Of the authority that signed it. */
  authority: "ca.pem",
  certificate: "certificate.pem",
  key: "key.pem",
  /** The key and the certificate in one, as Kafka wants them. */
  both: "key-and-certificate.pem",
} as const

/** Signs the certificates of the services of one folder, so that clients trust one certificate only. */
export interface Authority {
  /** Makes a key and a certificate for 127.0.0.1 and localhost: `certificateFiles`, in the folder `into`. */
  issue(openssl: string, into: string): Promise<void>
}

/** Made with the first certificate, and kept: what clients trust stays the same. */
export function createAuthority(folder: string): Authority {
  let last: Promise<void> = Promise.resolve()
  return {
    // One after the other: services start at the same time, and the first one makes the authority.
    issue(openssl, into) {
      const issued = last.then(() => issue(openssl, folder, into))
      last = issued.catch(() => {})
      return issued
    },
  }
}

export function authorityCertificate(folder: string): string {
  return join(folder, certificateFiles.authority)
}

async function issue(openssl: string, folder: string, into: string): Promise<void> {
  const work = join(folder, "work")
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await rm(work, { recursive: true, force: true })
  await mkdir(work)
  await writeFile(join(work, "openssl.cnf"), settings)
  const run = (words: string) => runToEnd({ program: openssl, args: words.split(" "), cwd: work })
  if (!existsSync(authorityCertificate(folder))) {
    await run(`req -x509 -out ca.pem -subj /CN=annals-authority -days ${days} ${newKey}`)
    await copyFile(join(work, certificateFiles.key), join(folder, "ca-key.pem"))
    await copyFile(join(work, "ca.pem"), authorityCertificate(folder)) // Last: it says that all is there.
  }
  await run(`req -out request.pem -subj /CN=annals-service ${newKey}`)
  const signer = "-CA ../ca.pem -CAkey ../ca-key.pem -CAcreateserial -extfile openssl.cnf -extensions service"
  await run(`x509 -req -in request.pem -out certificate.pem -sha256 -days ${days} ${signer}`)
  await hand(folder, work, into)
  await rm(work, { recursive: true })
}

async function hand(folder: string, work: string, into: string): Promise<void> {
  const { authority, certificate, key, both } = certificateFiles
  const read = (...path: readonly string[]) => readFile(join(...path), "utf8")
  const contents = {
    [authority]: await read(authorityCertificate(folder)),
    [certificate]: await read(work, certificate),
    [key]: await read(work, key),
    [both]: `${await read(work, key)}${await read(work, certificate)}`,
  }
  for (const [name, content] of Object.entries(contents)) {
    await writeFile(join(into, name), content, { mode: 0o600 })
  }
}

const days = 3_650
const newKey = `-config openssl.cnf -sha256 -nodes -keyout ${certificateFiles.key} -newkey ec -pkeyopt ec_paramgen_curve:P-256`

/** Everything that matters, so that no system's own settings are used. */
const settings = `[req]
distinguished_name = name
prompt = no
x509_extensions = authority
[name]
commonName = annals
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[service]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = IP:127.0.0.1,DNS:localhost
`
