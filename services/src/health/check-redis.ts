import { exchange } from "./exchange.ts"

/** Logs in and sends PING. While Redis still loads its data, it answers with an error. */
export async function checkRedis(url: string): Promise<void> {
  const address = new URL(url)
  const password = decodeURIComponent(address.password)
  const user = decodeURIComponent(address.username) || "default"
  const login = password === "" ? "" : command("AUTH", user, password)
  const answers = password === "" ? 1 : 2
  const answer = await exchange(
    { hostname: address.hostname, port: address.port || "6379" },
    Buffer.from(`${login}${command("PING")}`),
    (bytes) => bytes.toString("latin1").split("\r\n").length > answers,
  )
  if (!answer.toString("latin1").endsWith("+PONG\r\n"))
    throw new Error(`Redis answered ${answer.toString("utf8")}`)
}

function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`
}
