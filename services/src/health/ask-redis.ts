import { exchange } from "./exchange.ts"

export interface RedisAddress {
  readonly hostname: string
  readonly port: string
  readonly username: string
  readonly password: string
}

export function redisAddress(url: string): RedisAddress {
  const { hostname, port, username, password } = new URL(url)
  return {
    hostname,
    port: port || "6379",
    username: decodeURIComponent(username) || "default",
    password: decodeURIComponent(password),
  }
}

/** Logs in, sends a command and returns its answer, which must be a single string. Rejects when either is refused. */
export async function askRedis(address: RedisAddress, ...words: readonly string[]): Promise<string> {
  const { username, password } = address
  const commands = [...(password === "" ? [] : [["AUTH", username, password]]), words]
  const request = Buffer.from(commands.map(command).join(""))
  const bytes = await exchange(address, request, (answer) => readAnswers(answer).length === commands.length)
  const answers = readAnswers(bytes)
  const refusal = answers.find((answer) => answer.startsWith("-"))
  if (refusal !== undefined) throw new Error(`Redis answered ${refusal}`)
  return answers.at(-1) ?? ""
}

function command(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`
}

/** The answers that are complete, errors with their `-`. */
function readAnswers(bytes: Buffer): readonly string[] {
  const answers: string[] = []
  for (let at = 0; ; ) {
    const end = bytes.indexOf("\r\n", at)
    if (end < 0) return answers
    const line = bytes.toString("utf8", at, end)
    at = end + 2
    if (line.startsWith("$")) {
      const length = Number(line.slice(1))
      if (bytes.length < at + length + 2) return answers
      answers.push(bytes.toString("utf8", at, at + length))
      at += length + 2
    } else answers.push(line.replace(/^\+/, ""))
  }
}
