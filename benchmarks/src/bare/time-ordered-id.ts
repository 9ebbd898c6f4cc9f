import { randomFillSync } from "node:crypto"

const idsPerRefill = 512
const counterEnd = 0xfff

/** Makes UUIDs of version 7 as 16 bytes, each greater than the one before. */
export function timeOrderedIds(): () => Uint8Array {
  const random = new Uint8Array(16 * idsPerRefill)
  let used = random.length
  let time = 0
  let counter = 0

  return () => {
    if (used === random.length) {
      randomFillSync(random)
      used = 0
    }
    const id = random.slice(used, used + 16)
    used += 16
    const now = Date.now()
    if (now > time) [time, counter] = [now, 0]
    else if (++counter > counterEnd) [time, counter] = [time + 1, 0]
    stamp(id, time, counter)
    return id
  }
}

function stamp(id: Uint8Array, time: number, counter: number): void {
  const low = time >>> 0
  const high = Math.floor(time / 2 ** 32)
  id[0] = high >> 8
  id[1] = high
  id[2] = low >>> 24
  id[3] = low >>> 16
  id[4] = low >>> 8
  id[5] = low
  id[6] = 0x70 | (counter >> 8)
  id[7] = counter
  id[8] = 0x80 | ((id[8] as number) & 0x3f)
}
