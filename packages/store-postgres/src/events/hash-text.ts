/** 64 bits, as signed whole numbers of 32. */
export interface Halves {
  readonly high: number
  readonly low: number
}

/**
 * 64 bits of a text: MurmurHash3 (x86, 32 bits) over its UTF-16 code units, two in a block, under two seeds. What is stored
 * under a hash is found by it, so it is the same for ever. It is quick and spreads well, and nobody relies on it alone: texts are
 * compared, too. Source: Austin Appleby's public-domain SMHasher.
 */
export function hashText(text: string): Halves {
  return { high: murmur3(text, 0x9747b28c), low: murmur3(text, 0x2f0b4a27) }
}

function murmur3(text: string, seed: number): number {
  const { length } = text
  let hash = seed
  let index = 1
  for (; index < length; index += 2) {
    hash ^= scramble(text.charCodeAt(index - 1) | (text.charCodeAt(index) << 16))
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0
  }
  if (index === length) hash ^= scramble(text.charCodeAt(index - 1))
  hash ^= length * 2
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

function scramble(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51)
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593)
}
