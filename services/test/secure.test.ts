import { once } from "node:events"
import { statSync } from "node:fs"
import { join } from "node:path"
import { type ConnectionOptions, connect } from "node:tls"
import { type SecureServer, usingSecureService } from "@annals/services"
import { describe, expect, it } from "vitest"
import { elsewhere } from "../src/state/reachable-folder.ts"
import { itWithProgram } from "./it-with-program.ts"
import { temporaryServices } from "./temporary-services.ts"

/** Connects by TLS, with lines to send if there are any, and returns the first answer. */
async function ask(address: string, ca: string | undefined, ...lines: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(`tcp://${address}`)
  await using connection = secureConnection({ host: hostname, port: Number(port), ...(ca && { ca }) })
  await once(connection.socket, "secureConnect")
  if (lines.length === 0) return ""
  connection.socket.write(lines.map((line) => `${line}\r\n`).join(""))
  let answer = ""
  while (answer.split("\r\n").length <= lines.length) {
    answer += `${(await once(connection.socket, "data"))[0]}`
  }
  return answer
}

function modeOf(...path: readonly string[]): number {
  return statSync(join(...path)).mode & 0o777
}

function secureConnection(options: ConnectionOptions) {
  const socket = connect(options)
  return {
    socket,
    async [Symbol.asyncDispose]() {
      socket.destroy()
    },
  }
}

function itEncrypts(address: string, ca: string): void {
  it(`encrypts, by a certificate of the folder's authority, at ${address}`, async () => {
    await ask(address, ca)
  })
  it(`is trusted by nobody who doesn't know the authority, at ${address}`, async () => {
    await expect(ask(address, undefined)).rejects.toThrow(/certificate/)
  })
}

usingSecureService("redis", ({ url, ca }) => itEncrypts(new URL(url).host, ca))
usingSecureService("rabbitmq", ({ url, ca }) => itEncrypts(new URL(url).host, ca))
usingSecureService("kafka", ({ sslBroker, saslBroker, ca }) => {
  itEncrypts(sslBroker, ca)
  itEncrypts(saslBroker, ca)
})

describe("a service with a certificate", { timeout: 120_000 }, () => {
  itWithProgram("redis-server")("keeps its keys to itself, and its users to their limits", async () => {
    await using own = await temporaryServices()
    await own.services.startServices(["redis"])
    const data = elsewhere(join(own.folder, "data")) ?? join(own.folder, "data")
    expect(modeOf(own.folder, "authority", "ca-key.pem")).toBe(0o600)
    expect(modeOf(data, "redis", "key.pem")).toBe(0o600)

    const { limitedUrl, ca } = own.services.secureService("redis") as SecureServer
    const { host, username, password } = new URL(limitedUrl)
    const answer = await ask(host, ca, `AUTH ${username} ${password}`, "SET limited-1 x", "SET other x")
    expect(answer).toMatch(/^\+OK\r\n\+OK\r\n-NOPERM/)
  })

  itWithProgram("redis-server")("has the same authority after others were started", async () => {
    await using own = await temporaryServices()
    await own.services.startServices(["redis"])
    const before = own.services.secureService("redis")
    await own.services.restartService("redis")
    await own.services.removeServices(["redis"])
    expect(own.services.secureService("redis")).toBeUndefined()
    await own.services.startServices(["redis"])
    expect(own.services.secureService("redis")?.ca).toBe(before?.ca)
  })
})

describe("a service elsewhere", () => {
  it("is reached by TLS as its variable says", async () => {
    const access = { ca: "…", url: "rediss://elsewhere", limitedUrl: "rediss://limited@elsewhere" }
    const plain = { ANNALS_REDIS_URL: "redis://elsewhere" }
    await using own = await temporaryServices({ ...plain, ANNALS_REDIS_SECURE: JSON.stringify(access) })
    expect(own.services.secureService("redis")).toEqual(access)
    await using other = await temporaryServices(plain)
    expect(other.services.secureService("redis")).toBeUndefined()
  })
})
