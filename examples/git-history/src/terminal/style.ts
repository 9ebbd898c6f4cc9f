import type { WriteStream } from "node:tty"

/** How text is set off; plain where the output is no terminal, or colours aren't wanted. */
export interface Style {
  bold(text: string): string
  dim(text: string): string
  added(text: string): string
  removed(text: string): string
  accent(text: string): string
}

const sequenceStart = "\u001b["
const reset = `${sequenceStart}0m`

/** A style for an output stream. [NO_COLOR](https://no-color.org) and FORCE_COLOR are respected. */
export function createStyle(colour: boolean): Style {
  const paint = (code: string) => (text: string) =>
    colour && text !== "" ? `${sequenceStart}${code}m${text}${reset}` : text
  return { bold: paint("1"), dim: paint("2"), added: paint("32"), removed: paint("31"), accent: paint("36") }
}

/** Whether a stream shows colours. */
export function showsColour(stream: Pick<WriteStream, "isTTY">, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR) return false
  if (env.FORCE_COLOR && env.FORCE_COLOR !== "0") return true
  return stream.isTTY === true && env.TERM !== "dumb"
}
