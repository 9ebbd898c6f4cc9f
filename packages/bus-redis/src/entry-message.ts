/**
 * A message as it stands in Redis: its head, a line's end, and its body. One that begins with a zero byte has bytes for a body, all others text.
 * One value instead of one for each part: every part of a reply costs the client as much as reading a good deal of text.
 */
export function joinMessage(head: string, body: string | Uint8Array): string | Buffer {
  if (typeof body === "string") return `${head}\n${body}`
  return Buffer.concat([Buffer.from(`\0${head}\n`), body])
}

export interface SplitMessage {
  /** `undefined`: no bus made it. */
  readonly head: string | undefined
  readonly body: string | Uint8Array
}

export function splitMessage(message: Buffer): SplitMessage {
  const first = message[0]
  if (first === 0) {
    const end = message.indexOf(10)
    if (end > 0) return { head: message.toString("utf8", 1, end), body: message.subarray(end + 1) }
  } else if (first === openingBrace) {
    const text = message.toString()
    const end = text.indexOf("\n")
    if (end > 0) return { head: text.slice(0, end), body: text.slice(end + 1) }
  }
  return { head: undefined, body: message }
}

const openingBrace = 0x7b
