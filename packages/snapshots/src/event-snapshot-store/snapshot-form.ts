import type { Snapshot, SnapshotKey } from "@annals/core"
import type { SnapshotTaken } from "./snapshot-events.ts"

/** The form in which an event carries a snapshot: JSON, so bytes are written as Base64. */
export function toEventData(
  of: SnapshotKey,
  { revision, schemaVersion, takenAt, state }: Snapshot,
): SnapshotTaken {
  const { encoding, body, hash } = state
  return {
    of,
    revision,
    schemaVersion,
    takenAt,
    encoding,
    ...(typeof body === "string" ? { text: body } : { base64: toBase64(body) }),
    ...(hash !== undefined && { hash }),
  }
}

/** What anybody can have appended may have any form: `undefined` for what was no snapshot of this key. */
export function fromEventData(data: unknown, of: SnapshotKey): Snapshot | undefined {
  const taken = (typeof data === "object" && data !== null ? data : {}) as Partial<SnapshotTaken>
  const { revision, schemaVersion, takenAt, encoding, text, base64, hash } = taken
  const body =
    text ?? (typeof base64 === "string" ? new Uint8Array(Buffer.from(base64, "base64")) : undefined)
  const isWhole =
    Number.isSafeInteger(revision) && Number.isSafeInteger(schemaVersion) && Number.isSafeInteger(takenAt)
  const isText = typeof encoding === "string" && (hash === undefined || typeof hash === "string")
  if (!isWhole || !isText || !isSame(taken.of, of)) return undefined
  if (typeof body !== "string" && !(body instanceof Uint8Array)) return undefined
  return {
    revision: revision as number,
    schemaVersion: schemaVersion as number,
    takenAt: takenAt as number,
    state: { encoding, body, ...(hash !== undefined && { hash }) },
  }
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64")
}

function isSame(found: SnapshotKey | undefined, { kind, name, id }: SnapshotKey): boolean {
  return found?.kind === kind && found.name === name && found.id === id
}
