// `pnpm example shop-and-shipping`: both services, as processes of their own, and three orders.
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as delay } from "node:timers/promises"

// Shipping first: a broker keeps for a group what is published from its first subscription on.
await using _shipping = await startService("shipping")
await using shop = await startService("shop")

for (const [id, quantity] of [["1", 2] as const, ["2", 1] as const, ["3", 4] as const]) {
  const order = { customer: "ann", product: "tea", quantity }
  await fetch(`${shop.url}/orders/${id}`, { method: "PUT", body: JSON.stringify(order) })
  await untilCompleted(`${shop.url}/orders/${id}`)
  console.log(`order ${id}: ${quantity} × tea, sent and charged`)
}
const { cents } = (await (await fetch(`${shop.url}/bills/ann`)).json()) as { cents: number }
console.log(`ann owes ${cents} cents`)

async function untilCompleted(url: string): Promise<void> {
  for (;;) {
    const { status } = (await (await fetch(url)).json()) as { status: string }
    if (status === "completed") return
    await delay(20)
  }
}

/** Resolves when the service says that it is ready. */
async function startService(name: "shop" | "shipping"): Promise<{ readonly url: string } & AsyncDisposable> {
  const child = spawn(process.execPath, [join(import.meta.dirname, name, "main.ts")], {
    env: { ...process.env, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  })
  for await (const line of createInterface(child.stdout)) {
    if (!line.startsWith(`${name} on `)) continue
    console.log(line)
    return { url: /http:\S+/.exec(line)?.[0] ?? "", [Symbol.asyncDispose]: () => stop(child) }
  }
  throw new Error(`${name} ended before it was ready: does the broker run?`)
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill("SIGTERM")
  if (child.exitCode === null) await once(child, "exit")
}
