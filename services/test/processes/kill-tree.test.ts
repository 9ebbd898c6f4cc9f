import { spawn } from "node:child_process"
import { once } from "node:events"
import { describe, expect, it } from "vitest"
import { killTree } from "../../src/processes/kill-tree.ts"
import { areAlive, identify, type ProcessIdentity } from "../../src/processes/process-identity.ts"

/** A process with a child in a session of its own, as PostgreSQL's are. Both end by themselves when a test fails to end them. */
const parentOfOne = `
  const { spawn } = require("node:child_process")
  const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"], { detached: true, stdio: "ignore" })
  console.log(child.pid)
  setTimeout(() => {}, 60_000)`

async function startFamily(): Promise<{ parent: ProcessIdentity; child: ProcessIdentity }> {
  const process_ = spawn(process.execPath, ["-e", parentOfOne], { stdio: ["ignore", "pipe", "inherit"] })
  const [line] = (await once(process_.stdout, "data")) as [Buffer]
  return { parent: present(process_.pid), child: present(Number(line)) }
}

function present(pid: number | undefined): ProcessIdentity {
  const identity = pid === undefined ? undefined : identify(pid)
  if (identity === undefined) throw new Error("it ended at once")
  return identity
}

describe("killing a service", () => {
  it("ends its children too, also those in sessions of their own", async () => {
    const { parent, child } = await startFamily()
    await killTree([parent])
    expect(areAlive([parent])).toBe(false)
    expect(areAlive([child])).toBe(false)
  })

  it("leaves a process alone that has got the pid of one that is gone", async () => {
    const { parent } = await startFamily()
    await killTree([{ ...parent, started: "long ago" }])
    expect(areAlive([parent])).toBe(true)
    await killTree([parent])
  })

  it("has nothing to do where all is gone", async () => {
    const { parent } = await startFamily()
    await killTree([parent])
    await killTree([parent])
  })
})
