/**
 * SQL for the digest that stands for some names in a key, as the migrations' functions write it: names can be longer than an index
 * carries. They hold no control character, so that what stands between them tells them apart.
 */
export function nameKey(...parts: readonly [string, ...string[]]): string {
  return `sha256(convert_to(${parts.join(" || E'\\x01' || ")}, 'UTF8'))`
}
