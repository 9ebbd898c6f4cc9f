import type { Measurement, Observer, Operation, OperationName } from "@annals/core"

/** Remembers what it was told. */
export interface RecordingObserver extends Observer {
  readonly operations: readonly Operation[]
  readonly measurements: readonly Measurement[]
  /** Operations of this name. */
  named(name: OperationName): readonly Operation[]
}

export function createRecordingObserver(): RecordingObserver {
  const operations: Operation[] = []
  const measurements: Measurement[] = []
  return {
    operations,
    measurements,
    named: (name) => operations.filter((operation) => operation.name === name),
    around(operation, run) {
      operations.push(operation)
      return run()
    },
    record: (measurement) => void measurements.push(measurement),
  }
}
