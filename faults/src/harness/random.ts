import { createHash } from "node:crypto"

/** A sequence of choices that depends on nothing but what it is made with. */
export interface Random {
  /** A whole number; both ends included. */
  between(least: number, most: number): number
  /** True in `percent` of a hundred cases. */
  chance(percent: number): boolean
  pick<Item>(items: readonly Item[]): Item
  /** So many different items, in no order. */
  sample<Item>(items: readonly Item[], count: number): Item[]
}

/** By hashing a counter: slow, the same on every machine, and plenty for a plan. */
export function createRandom(...seed: readonly (string | number)[]): Random {
  const name = seed.join("/")
  let drawn = 0
  const below = (limit: number) =>
    createHash("sha256").update(`${name}#${drawn++}`).digest().readUIntBE(0, 6) % limit
  const random: Random = {
    between: (least, most) => least + below(most - least + 1),
    chance: (percent) => below(100) < percent,
    pick: <Item>(items: readonly Item[]) => items[below(items.length)] as Item,
    sample: <Item>(items: readonly Item[], count: number) => {
      const left = [...items]
      return Array.from(
        { length: Math.min(count, left.length) },
        () => left.splice(below(left.length), 1)[0] as Item,
      )
    },
  }
  return random
}
