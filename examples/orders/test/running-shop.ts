import { createMemoryStore } from "@annals/core"
import { createBackground } from "../src/create-background.ts"
import { createApp } from "../src/http/create-app.ts"

/** The shop in this process, on a store in memory, without a network. */
export async function openShop({ payWithinMs = 3_600_000, tea = 10 } = {}) {
  const store = createMemoryStore()
  const background = createBackground(store, payWithinMs)
  await background.start()
  const app = createApp(store, background)

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    app.request(path, { method: "POST", body: JSON.stringify(body), headers })
  const get = (path: string, headers: Record<string, string> = {}) => app.request(path, { headers })
  if (tea > 0) await post("/stock/tea", { quantity: tea })

  return {
    store,
    background,
    post,
    get,
    /** Places an order for tea, and returns its id. */
    async order(quantity = 1): Promise<string> {
      const response = await post("/orders", { product: "tea", quantity })
      return ((await response.json()) as { id: string }).id
    },
    async orderNow(id: string) {
      return (await (await get(`/orders/${id}`)).json()) as { status: string; reason?: string }
    },
    async stockNow() {
      return (await (await get("/stock/tea")).json()) as { free: number; reserved: Record<string, number> }
    },
    async [Symbol.asyncDispose]() {
      await background.stop()
      await store.close()
    },
  }
}
