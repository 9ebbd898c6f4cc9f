import { isBuiltin } from "node:module"

export type Target =
  | { readonly kind: "file" }
  | { readonly kind: "builtin"; readonly prefixed: boolean }
  | { readonly kind: "package"; readonly name: string; readonly entry: string }

/** What a specifier points at: `@annals/core/x` is entry `./x` of package `@annals/core`. */
export function importTarget(specifier: string): Target {
  if (specifier.startsWith(".") || specifier.startsWith("/")) return { kind: "file" }
  if (isBuiltin(specifier)) return { kind: "builtin", prefixed: specifier.startsWith("node:") }
  const parts = specifier.split("/")
  const nameLength = specifier.startsWith("@") ? 2 : 1
  const rest = parts.slice(nameLength).join("/")
  return {
    kind: "package",
    name: parts.slice(0, nameLength).join("/"),
    entry: rest === "" ? "." : `./${rest}`,
  }
}
