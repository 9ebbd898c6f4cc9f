import { AnnalsError, type CheckpointStore, type EventStore } from "@annals/core"

const lost = new AnnalsError("STORE_UNAVAILABLE", "the connection was lost", { retryable: true })

/** A handle of which the next so many saves of a checkpoint fail, before or after they took place. */
export function failingToSave(whole: EventStore, times: number, moment: "before" | "after") {
  let left = times
  const failing = (checkpoints: CheckpointStore): CheckpointStore => ({
    ...checkpoints,
    advance: async (...given) => {
      if (left > 0 && moment === "before") {
        left--
        throw lost
      }
      const outcome = await checkpoints.advance(...given)
      if (left-- > 0) throw lost
      return outcome
    },
  })
  const store: EventStore = {
    ...whole,
    checkpoints: failing(whole.checkpoints),
    transaction: (work, options) =>
      whole.transaction(
        (unitOfWork) => work({ ...unitOfWork, checkpoints: failing(unitOfWork.checkpoints) }),
        options,
      ),
  }
  return { store, failures: () => times - Math.max(left, 0) }
}
