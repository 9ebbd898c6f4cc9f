/**
 * `node:crypto`, loaded at its first use: importing it takes 5 ms, a third of what core may take to be imported
 * (benchmark `core/import`).
 */
export function nodeCrypto(): typeof import("node:crypto") {
  return process.getBuiltinModule("node:crypto")
}
