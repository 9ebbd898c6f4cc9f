/** A run that couldn't come to its end, so that nothing can be said about what it would have found. */
export class FaultRunError extends Error {
  override readonly name = "FaultRunError"
}
