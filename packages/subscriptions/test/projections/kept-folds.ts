import type { FoldGrowth, FoldScope, FoldSnapshotLoading, PositionedState, SnapshotOwner } from "@annals/core"

/** Keeps a snapshot of each growth that it is told of, as JSON. */
export class KeptFolds<State> implements FoldSnapshotLoading<State> {
  readonly store: SnapshotOwner
  readonly projection: string
  readonly growths: FoldGrowth[] = []
  readonly kept: { readonly position: number; readonly json: string }[] = []
  readonly loads: FoldScope[] = []
  /** Awaited before anything else than the state is looked at. */
  before: () => unknown = () => {}

  constructor(store: SnapshotOwner, projection = "totals") {
    this.store = store
    this.projection = projection
  }

  async load(
    scope: FoldScope,
    atMost = Number.MAX_SAFE_INTEGER,
  ): Promise<PositionedState<State> | undefined> {
    this.loads.push(scope)
    await this.before()
    const found = this.kept.findLast(({ position }) => position <= atMost)
    return found && { state: JSON.parse(found.json), position: found.position }
  }

  async folded(state: State, growth: FoldGrowth): Promise<void> {
    const json = JSON.stringify(state)
    await this.before()
    this.growths.push(growth)
    this.kept.push({ position: growth.toPosition, json })
  }
}
