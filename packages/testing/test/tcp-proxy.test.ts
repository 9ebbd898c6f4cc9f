import assert from "node:assert/strict"
import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { describe, it } from "vitest"
import { createTcpProxy } from "../src/index.ts"

/** A server that says back what it hears, and a proxy in front of it. */
async function setUp() {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.pipe(socket)
    socket.on("error", () => {})
    socket.on("close", () => open.delete(socket))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve)
  })
  const { port } = server.address() as AddressInfo
  const proxy = await createTcpProxy({ target: `echo://me:secret@127.0.0.1:${port}/it?a=b` })
  return {
    proxy,
    open,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      for (const socket of open) socket.destroy()
      server.close()
    },
  }
}

async function dial(port: number) {
  const socket = connect({ host: "127.0.0.1", port })
  let heard = ""
  socket.on("data", (bytes) => {
    heard += bytes
  })
  socket.on("error", () => {})
  await once(socket, "connect")
  return {
    socket,
    heard: () => heard,
    async echo(text: string) {
      const before = heard
      socket.write(text)
      await until(() => heard === before + text)
    },
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(1)
}

describe("a TCP proxy", () => {
  it("carries bytes in both directions, much as well as little, and the end of a connection", async () => {
    await using subject = await setUp()
    const client = await dial(subject.proxy.port)
    await client.echo("hello")
    await client.echo("ä".repeat(3_000_000))
    assert.equal(subject.proxy.connections, 1)
    client.socket.end()
    await once(client.socket, "close")
    await until(() => subject.open.size === 0 && subject.proxy.connections === 0)
  })

  it("says the target's URL with its own address in it", async () => {
    await using subject = await setUp()
    const { port, url } = subject.proxy
    assert.equal(url, `echo://me:secret@127.0.0.1:${port}/it?a=b`)
    await using plain = await createTcpProxy({ target: `127.0.0.1:${port}` })
    assert.equal(plain.url, `127.0.0.1:${plain.port}`)
    await using apart = await createTcpProxy({ target: { host: "127.0.0.1", port } })
    for (const proxy of [plain, apart]) await (await dial(proxy.port)).echo("through two")
    await assert.rejects(createTcpProxy({ target: "redis://127.0.0.1" }), {
      code: "INVALID_OPTION",
      path: "target",
    })
  })

  it("cuts all connections, on both sides, and takes new ones", async () => {
    await using subject = await setUp()
    const clients = [await dial(subject.proxy.port), await dial(subject.proxy.port)]
    for (const client of clients) await client.echo("hello")
    const closed = clients.map(({ socket }) => once(socket, "close"))
    subject.proxy.cut()
    await Promise.all(closed)
    await until(() => subject.open.size === 0)
    await (await dial(subject.proxy.port)).echo("again")
  })

  it("refuses new connections until it is told to accept them, on the same port; old ones go on", async () => {
    await using subject = await setUp()
    const { proxy } = subject
    const old = await dial(proxy.port)
    await proxy.refuse()
    await proxy.refuse()
    await assert.rejects(dial(proxy.port), { code: "ECONNREFUSED" })
    await old.echo("still there")
    await proxy.accept()
    await proxy.accept()
    await (await dial(proxy.port)).echo("hello")
  })

  it("holds back what is sent in a stall, closes nothing, and lets it through afterwards", async () => {
    await using subject = await setUp()
    const { proxy } = subject
    const old = await dial(proxy.port)
    await old.echo("1")
    proxy.stall()
    const fresh = await dial(proxy.port)
    old.socket.write("2")
    fresh.socket.write("3")
    // Whatever would come through without a stall has come when another connection has gone to and fro.
    await using other = await setUp()
    await (await dial(other.proxy.port)).echo("meanwhile")
    assert.deepEqual([old.heard(), fresh.heard(), old.socket.closed], ["1", "", false])
    proxy.flow()
    await until(() => old.heard() === "12" && fresh.heard() === "3")
  })

  it("closes the client's connection where the target can't be reached", async () => {
    await using proxy = await createTcpProxy({ target: "127.0.0.1:1" })
    const client = await dial(proxy.port)
    client.socket.resume()
    await once(client.socket, "close")
  })
})
