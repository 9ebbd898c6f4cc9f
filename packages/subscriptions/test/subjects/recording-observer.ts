import type { Measurement, Observer, Operation, OperationName } from "@annals/core"

/** Remembers what it was told. */
export interface RecordingObserver extends Observer {
  readonly operations: readonly Operation[]
  readonly measurements: readonly Measurement[]
  /** Operations that failed, by name and error. */
  readonly failures: readonly (readonly [OperationName, unknown])[]
  /** Operations of this name. */
  named(name: OperationName): readonly Operation[]
}

export function createRecordingObserver(): RecordingObserver {
  const operations: Operation[] = []
  const measurements: Measurement[] = []
  const failures: [OperationName, unknown][] = []
  return {
    operations,
    measurements,
    failures,
    named: (name) => operations.filter((operation) => operation.name === name),
    async around(operation, run) {
      operations.push(operation)
      try {
        return await run()
      } catch (error) {
        failures.push([operation.name, error])
        throw error
      }
    },
    record: (measurement) => void measurements.push(measurement),
  }
}
