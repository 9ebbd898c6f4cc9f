/** What the shop sells, and for how many cents. */
export const prices: ReadonlyMap<string, number> = new Map([
  ["tea", 450],
  ["milk", 120],
  ["fondue-set", 8_900],
])
