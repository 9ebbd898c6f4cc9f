import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { createAdaptorServer } from "@hono/node-server"
import type { Hono } from "hono"

/** Serves an application to this machine only. Disposing lets requests that are under way finish. */
export async function listen(app: Hono, port: number): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createAdaptorServer({ fetch: app.fetch })
  server.listen(port, "127.0.0.1")
  await once(server, "listening")
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.close()
      await once(server, "close")
    },
  }
}
