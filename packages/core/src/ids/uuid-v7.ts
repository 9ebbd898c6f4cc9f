import type { Clock } from "../ports/clock.ts"
import type { IdGenerator } from "../ports/id-generator.ts"
import { hexOfByte } from "./hex.ts"
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
  let timeHex = ""

  const startMillisecond = (milliseconds: number, seed: number) => {
    time = milliseconds
    counter = seed & counterStart
    const hex = milliseconds.toString(16).padStart(12, "0")
    timeHex = `${hex.slice(0, 8)}-${hex.slice(8)}-7`
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
    return (
      timeHex +
      (counter >> 8).toString(16) +
      hexOfByte[counter & 0xff] +
      "-" +
      hexOfByte[(byte(0) & 0x3f) | 0x80] +
      hexOfByte[byte(1)] +
      "-" +
      hexOfByte[byte(2)] +
      hexOfByte[byte(3)] +
      hexOfByte[byte(4)] +
      hexOfByte[byte(5)] +
      hexOfByte[byte(6)] +
      hexOfByte[byte(7)]
    )
  }
}
