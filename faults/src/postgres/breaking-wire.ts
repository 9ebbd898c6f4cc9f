import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net"

/** The server's last word in an answer, with no transaction open any more. */
const ready = Buffer.from("Z\0\0\0\x05I", "latin1")

/** Longer than any mark that is looked for: where it comes in two pieces. */
const overlap = 64

interface Mark {
  readonly text: string
  struck(): void
}

/** Stands between a process and the server, hands everything on, and breaks a connection where it is told to. */
export class BreakingWire implements AsyncDisposable {
  readonly #server: Server
  readonly #target: { readonly host: string; readonly port: number }
  readonly #sockets = new Set<Socket>()
  readonly #marks = new Set<Mark>()

  private constructor(server: Server, target: { readonly host: string; readonly port: number }) {
    this.#server = server
    this.#target = target
    server.on("connection", (client) => this.#join(client))
  }

  /** To the server at this URL. */
  static async open(url: string): Promise<BreakingWire> {
    const { hostname, port } = new URL(url)
    const server = createServer()
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject)
      server.listen({ host: "127.0.0.1", port: 0 }, resolve)
    })
    return new BreakingWire(server, { host: hostname, port: Number(port) })
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /**
   * Waits for a request with this text in it, lets the server do it, and breaks the connection when the whole answer is there, before any of its last
   * piece gets through. Resolves when that has happened, or the answer got lost in another way: whoever asks again may only ask whether it was done.
   */
  breakUnderAnswer(text: string): Promise<void> {
    return new Promise((resolve) => this.#marks.add({ text, struck: resolve }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #join(client: Socket): void {
    const server = connect(this.#target)
    const found = new Set<Mark>()
    let asked = ""
    let answered = Buffer.alloc(0)
    client.on("data", (piece) => {
      asked = asked.slice(-overlap) + piece.toString("latin1")
      for (const mark of this.#marks) if (asked.includes(mark.text)) found.add(mark)
      server.write(piece)
    })
    server.on("data", (piece) => {
      answered = Buffer.concat([answered, piece]).subarray(-ready.length)
      if (!answered.equals(ready) || !this.#strike(found)) client.write(piece)
      else for (const socket of [client, server]) socket.destroy()
    })
    // Somebody else broke it before the answer came, which is lost as well.
    server.on("close", () => this.#strike(found))
    this.#tie(client, server)
    this.#tie(server, client)
  }

  #strike(found: ReadonlySet<Mark>): boolean {
    const due = [...found].filter((mark) => this.#marks.delete(mark))
    for (const mark of due) mark.struck()
    return due.length > 0
  }

  /** When one side ends, in whatever way, so does the other. */
  #tie(one: Socket, other: Socket): void {
    this.#sockets.add(one)
    one.setNoDelay(true)
    one.on("error", () => {}) // "close" follows
    one.on("end", () => other.end())
    one.on("close", () => {
      this.#sockets.delete(one)
      other.destroy()
    })
  }
}
