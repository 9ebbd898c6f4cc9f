import { AnnalsError } from "../../errors/annals-error.ts"
import { copyPayload } from "../../store/copy-payload.ts"
import type { StoredPayload } from "../../store/stored-event.ts"
import { slotCount } from "../../streams/slot.ts"
import type { StreamKey } from "../../streams/stream.ts"
import { checkName, checkTenant } from "../../streams/validate-name.ts"

/** Returns a whole number between two bounds, both included. */
export function checkWhole(
  value: unknown,
  path: string,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most)
    return value as number
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`
  throw invalidOption(path, `must be a whole number ${range}, not ${describe(value)}`)
}

/** Epoch milliseconds, also before 1970. */
export function checkTime(value: unknown, path: string): number {
  return checkWhole(value, path, Number.MIN_SAFE_INTEGER)
}

/** How many at most: `otherwise` where nothing is given. */
export function checkLimit(value: unknown, otherwise = 100): number {
  return value === undefined ? otherwise : checkWhole(value, "limit", 1)
}

export function checkSlot(value: unknown, path: string): number {
  return checkWhole(value, path, 0, slotCount - 1)
}

/** Checks each item of an array, which may be empty. */
export function checkEach<Item, Result>(
  items: readonly Item[],
  path: string,
  check: (item: Item, path: string) => Result,
): readonly Result[] {
  if (!Array.isArray(items)) throw invalidOption(path, `must be an array, not ${describe(items)}`)
  return items.map((item, index) => check(item, `${path}[${index}]`))
}

/** Like `checkEach`, for an array that would mean nothing if it were empty. */
export function checkSome<Item, Result>(
  items: readonly Item[],
  path: string,
  check: (item: Item, path: string) => Result,
): readonly Result[] {
  const checked = checkEach(items, path, check)
  if (checked.length === 0) throw invalidOption(path, "must not be empty")
  return checked
}

/** Refuses what isn't an object, so that its parts can be looked at. */
export function checkObject<Value>(value: Value, path: string): Value & object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value
  throw invalidOption(path, `must be an object, not ${describe(value)}`)
}

export function checkStreamKey(stream: StreamKey, path: string): StreamKey {
  const { tenant, category, id } = checkObject(stream, path)
  return {
    tenant: checkTenant(tenant, `${path}.tenant`),
    category: checkName(category, `${path}.category`),
    id: checkName(id, `${path}.id`),
  }
}

/** Returns a copy whose bytes are nobody else's. */
export function checkPayload(payload: StoredPayload, path: string): StoredPayload {
  const { encoding, body, hash } = checkObject(payload, path)
  if (typeof body !== "string" && !(body instanceof Uint8Array)) {
    throw invalidOption(`${path}.body`, `must be a string or a Uint8Array, not ${describe(body)}`)
  }
  return {
    encoding: checkName(encoding, `${path}.encoding`),
    body: copyPayload(payload).body,
    ...(hash !== undefined && { hash: checkName(hash, `${path}.hash`) }),
  }
}

export function invalidOption(path: string, why: string): AnnalsError {
  return new AnnalsError("INVALID_OPTION", `${path} ${why}`, { path })
}

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value)
  if (typeof value === "object")
    return value === null ? "null" : Array.isArray(value) ? "an array" : "an object"
  return String(value)
}
