/** The two hexadecimal digits of every byte. */
const hexOfByte: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
)

/** Writes 16 bytes as a UUID in lower case. */
export function formatUuid(bytes: Uint8Array): string {
  const hex = (index: number) => hexOfByte[bytes[index] as number]
  return (
    `${hex(0)}${hex(1)}${hex(2)}${hex(3)}-${hex(4)}${hex(5)}-${hex(6)}${hex(7)}-${hex(8)}${hex(9)}-` +
    `${hex(10)}${hex(11)}${hex(12)}${hex(13)}${hex(14)}${hex(15)}`
  )
}
