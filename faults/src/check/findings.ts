export const findingKinds = ["lost", "doubled", "skipped", "disordered"] as const

export type FindingKind = (typeof findingKinds)[number]

/** How many lines are kept for people; all are counted. */
const maxLines = 50

/** What is wrong, counted, and told. */
export class Findings {
  readonly #counts = { lost: 0, doubled: 0, skipped: 0, disordered: 0 }
  readonly #lines: string[] = []

  add(kind: FindingKind, what: string, count = 1): void {
    if (count === 0) return
    this.#counts[kind] += count
    if (this.#lines.length < maxLines) this.#lines.push(`${kind}: ${what}`)
  }

  get counts(): Readonly<Record<FindingKind, number>> {
    return { ...this.#counts }
  }

  get lines(): readonly string[] {
    return this.#lines
  }
}
