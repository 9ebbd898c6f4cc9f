// Arrays in PostgreSQL's binary format: nothing has to be escaped, and nothing parsed. Elements follow each other, each behind its
// length; -1 is NULL. Source: the functions `array_send` and `array_recv` of PostgreSQL.

const oids = { boolean: 16, bytea: 17, bigint: 20, smallint: 21, integer: 23, text: 25, uuid: 2950 } as const

const headerLength = 20
const nullLength = -1

export function booleanArray(values: readonly boolean[]): Buffer {
  return fixedArray(oids.boolean, 1, values, (buffer, value, at) => buffer.writeInt8(value ? 1 : 0, at))
}

export function smallintArray(values: readonly number[]): Buffer {
  return fixedArray(oids.smallint, 2, values, (buffer, value, at) => buffer.writeInt16BE(value, at))
}

export function integerArray(values: readonly number[]): Buffer {
  return fixedArray(oids.integer, 4, values, (buffer, value, at) => buffer.writeInt32BE(value, at))
}

/** Whole numbers up to 2^53, or `bigint`s for keys that have all 64 bits. */
export function bigintArray(values: readonly (number | bigint | null)[]): Buffer {
  return fixedArray(oids.bigint, 8, values, writeBigint)
}

/** UUIDs as text, in lower case, with dashes. */
export function uuidArray(values: readonly string[]): Buffer {
  return fixedArray(oids.uuid, 16, values, (buffer, value, at) => {
    buffer.write(value.replaceAll("-", ""), at, "hex")
  })
}

export function textArray(values: readonly (string | null)[]): Buffer {
  let length = headerLength
  for (const value of values) length += 4 + (value === null ? 0 : Buffer.byteLength(value))
  const buffer = Buffer.allocUnsafe(length)
  let at = writeHeader(buffer, oids.text, values)
  for (const value of values) {
    if (value === null) {
      at = buffer.writeInt32BE(nullLength, at)
      continue
    }
    const written = buffer.write(value, at + 4)
    buffer.writeInt32BE(written, at)
    at += 4 + written
  }
  return buffer.subarray(0, at)
}

export function byteaArray(values: readonly (Uint8Array | null)[]): Buffer {
  let length = headerLength
  for (const value of values) length += 4 + (value?.byteLength ?? 0)
  const buffer = Buffer.allocUnsafe(length)
  let at = writeHeader(buffer, oids.bytea, values)
  for (const value of values) {
    at = buffer.writeInt32BE(value?.byteLength ?? nullLength, at)
    if (value === null) continue
    buffer.set(value, at)
    at += value.byteLength
  }
  return buffer.subarray(0, at)
}

function fixedArray<Value>(
  oid: number,
  size: number,
  values: readonly (Value | null)[],
  write: (buffer: Buffer, value: Value, at: number) => void,
): Buffer {
  const buffer = Buffer.allocUnsafe(headerLength + values.length * (4 + size))
  let at = writeHeader(buffer, oid, values)
  for (const value of values) {
    if (value === null) {
      at = buffer.writeInt32BE(nullLength, at)
      continue
    }
    at = buffer.writeInt32BE(size, at)
    write(buffer, value, at)
    at += size
  }
  return buffer.subarray(0, at)
}

/** One dimension that begins at 1; an empty array has none. */
function writeHeader(buffer: Buffer, oid: number, values: readonly unknown[]): number {
  if (values.length === 0) {
    buffer.writeInt32BE(0, 0)
    buffer.writeInt32BE(0, 4)
    return buffer.writeInt32BE(oid, 8)
  }
  buffer.writeInt32BE(1, 0)
  buffer.writeInt32BE(values.includes(null) ? 1 : 0, 4)
  buffer.writeInt32BE(oid, 8)
  buffer.writeInt32BE(values.length, 12)
  return buffer.writeInt32BE(1, 16)
}

function writeBigint(buffer: Buffer, value: number | bigint, at: number): void {
  if (typeof value === "bigint") {
    buffer.writeBigInt64BE(value, at)
    return
  }
  // Twice as fast as through a bigint.
  const high = Math.floor(value / 0x1_0000_0000)
  buffer.writeInt32BE(high, at)
  buffer.writeUInt32BE(value - high * 0x1_0000_0000, at + 4)
}
