/** What tells one state from another: 128 bits. Whoever packs them sees to it that nothing overlaps. */
export type Key = readonly [number, number, number, number]

const words = 4

/** Millions of keys in one flat table: a `Set` of strings takes four times as long. */
export function createKeySet(): { add(key: Key): boolean; readonly size: number } {
  let capacity = 1 << 12
  let table = new Int32Array(capacity * words)
  let used = new Uint8Array(capacity)
  let size = 0

  /** Where the key is, or the free place where it belongs. */
  function place(a: number, b: number, c: number, d: number): number {
    let at = hash(a, b, c, d) & (capacity - 1)
    while (used[at] === 1) {
      const start = at * words
      if (table[start] === a && table[start + 1] === b && table[start + 2] === c && table[start + 3] === d)
        break
      at = (at + 1) & (capacity - 1)
    }
    return at
  }

  function put(at: number, a: number, b: number, c: number, d: number): void {
    used[at] = 1
    const start = at * words
    table[start] = a
    table[start + 1] = b
    table[start + 2] = c
    table[start + 3] = d
  }

  function grow(): void {
    const [oldTable, oldUsed] = [table, used]
    capacity *= 2
    table = new Int32Array(capacity * words)
    used = new Uint8Array(capacity)
    for (let index = 0; index < oldUsed.length; index += 1) {
      if (oldUsed[index] === 0) continue
      const [a = 0, b = 0, c = 0, d = 0] = oldTable.subarray(index * words, index * words + words)
      put(place(a, b, c, d), a, b, c, d)
    }
  }

  return {
    /** Whether the key is new. */
    add([a, b, c, d]) {
      const at = place(a | 0, b | 0, c | 0, d | 0)
      if (used[at] === 1) return false
      put(at, a, b, c, d)
      size += 1
      if (size * 2 > capacity) grow()
      return true
    },
    get size() {
      return size
    },
  }
}

function hash(a: number, b: number, c: number, d: number): number {
  let mixed = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca77)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae3d) ^ Math.imul(c, 0x27d4eb2f)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0x165667b1) ^ Math.imul(d, 0x9e3779b1)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
