/** Which way a value gets better. */
export type Better = "higher" | "lower"

/** One scenario's result, as `--json` writes it. */
export interface Row {
  readonly suite: string
  readonly scenario: string
  readonly unit: string
  readonly better: Better
  readonly ours: number
  /** The same work, written by hand on the driver. */
  readonly bare?: number
  readonly peers?: Readonly<Record<string, number>>
}

/** How many times as good `ours` is as `other`: above 1 ours is better, whichever way the unit goes. */
export function ratioTo(other: number, { better, ours }: Pick<Row, "better" | "ours">): number {
  return better === "higher" ? ours / other : other / ours
}
