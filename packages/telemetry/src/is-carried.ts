import type { OperationName } from "@annals/core"

/** Whether what an operation records or sends carries its context. */
export function isCarried(name: OperationName): boolean {
  return carried.has(name)
}

const carried: ReadonlySet<OperationName> = new Set([
  "execute",
  "append",
  "handle",
  "project",
  "relay",
  "publish",
  "receive",
  "retry",
])
