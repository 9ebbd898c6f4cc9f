import { connect } from "node:net"

/** Milliseconds without a byte. */
const patience = 3_000

/** Sends bytes to a server and collects its answer until `isComplete` says so. Rejects where it ends in another way. */
export async function exchange(
  address: { readonly hostname: string; readonly port: string },
  request: Uint8Array,
  isComplete: (answer: Buffer) => boolean,
): Promise<Buffer> {
  const socket = connect({ host: address.hostname, port: Number(address.port) })
  socket.setTimeout(patience, () => socket.destroy(new Error(`no answer within ${patience} ms`)))
  socket.write(request)
  let answer = Buffer.alloc(0)
  for await (const bytes of socket) {
    answer = Buffer.concat([answer, bytes as Buffer])
    if (isComplete(answer)) return answer
  }
  throw new Error(`the server ended the connection after "${answer.toString("latin1")}"`)
}
