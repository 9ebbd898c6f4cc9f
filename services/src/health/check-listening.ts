import { once } from "node:events"
import { connect } from "node:net"

/** Rejects unless something takes connections at this port. */
export async function checkListening(port: number): Promise<void> {
  const socket = connect({ host: "127.0.0.1", port })
  try {
    await once(socket, "connect")
  } finally {
    socket.destroy()
  }
}
