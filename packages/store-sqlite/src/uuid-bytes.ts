import type { SQLInputValue } from "node:sqlite"

const digits = new Uint8Array(128)
for (let digit = 0; digit < 16; digit++) digits[digit.toString(16).charCodeAt(0)] = digit

const canonical = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The same for the ids of one append, of which most are the same. */
export class IdParam {
  #id: string | undefined
  #param: SQLInputValue = null

  param(id: string | undefined): SQLInputValue {
    if (id !== this.#id) {
      this.#id = id
      this.#param = idParam(id)
    }
    return this.#param
  }
}

function isCanonicalUuid(text: string): boolean {
  return text.length === 36 && canonical.test(text)
}

/** How a correlation or causation id is stored: a UUID takes less than half the room as bytes. */
export function idParam(id: string | undefined): SQLInputValue {
  if (id === undefined) return null
  return isCanonicalUuid(id) ? bytesOfUuid(id) : id
}

/** The 16 bytes of a canonical UUID. */
function bytesOfUuid(uuid: string): Uint8Array {
  const bytes = new Uint8Array(16)
  let at = 0
  for (let index = 0; index < 16; index++) {
    if (uuid.charCodeAt(at) === dash) at++
    bytes[index] = (digitAt(uuid, at) << 4) | digitAt(uuid, at + 1)
    at += 2
  }
  return bytes
}

/** From 32 hexadecimal digits, in either case: `hex()` in the database is faster than a `Uint8Array` for each row. */
export function uuidOfHex(hex: string): string {
  const text = hex.toLowerCase()
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`
}

const dash = 45

function digitAt(text: string, at: number): number {
  return digits[text.charCodeAt(at)] as number
}
