import type { Clock } from "../ports/clock.ts"
import type { IdGenerator } from "../ports/id-generator.ts"
import { nodeCrypto } from "./node-crypto.ts"

/** Random bytes are fetched for so many ids at a time: asking the system for each costs more than all the rest. */
const idsPerRefill = 512
const randomBytesPerId = 8
/** The counter starts in its lower half, so that there is room to count within a millisecond. */
const counterStart = 0x7ff
const counterEnd = 0xfff

/**
 * Makes UUIDs of version 7 ([RFC 9562](https://www.rfc-editor.org/rfc/rfc9562#section-5.7)), each greater than the one before, also
 * within a millisecond and when the clock goes back: `rand_a` counts, and runs over into the time.
 */
export function createUuidV7Generator(clock: Clock): IdGenerator {
  const random = new Uint8Array(idsPerRefill * randomBytesPerId)
  let used = random.length
  let time = 0
  let counter = 0
  const text = Buffer.from("00000000-0000-7000-8000-000000000000", "latin1")

  const startMillisecond = (milliseconds: number, seed: number) => {
    time = milliseconds
    counter = seed & counterStart
    text.write(timeText(milliseconds), "latin1")
  }

  return () => {
    if (used === random.length) {
      nodeCrypto().randomFillSync(random)
      used = 0
    }
    const at = used
    used += randomBytesPerId
    const byte = (index: number) => random[at + index] as number
    const now = clock.now()
    if (now > time) startMillisecond(now, (byte(0) << 8) | byte(7))
    else if (++counter > counterEnd) startMillisecond(time + 1, (byte(0) << 8) | byte(7))
    text[15] = hexDigits[counter >> 8] as number
    writeByte(text, 16, counter & 0xff)
    writeByte(text, 19, (byte(0) & 0x3f) | 0x80)
    writeByte(text, 21, byte(1))
    for (let index = 2; index < randomBytesPerId; index++) writeByte(text, 20 + 2 * index, byte(index))
    // Joining pieces would make a tree of strings that takes seven times the memory for as long as the id lives.
    return text.toString("latin1")
  }
}

/** The first 48 bits, as they stand in a UUID. */
function timeText(milliseconds: number): string {
  const hex = milliseconds.toString(16).padStart(12, "0")
  return `${hex.slice(0, 8)}-${hex.slice(8)}`
}

/** Character codes. */
const hexDigits = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0))

function writeByte(text: Uint8Array, at: number, byte: number): void {
  text[at] = hexDigits[byte >> 4] as number
  text[at + 1] = hexDigits[byte & 0xf] as number
}
