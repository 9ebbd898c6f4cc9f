/** A service that can't be had or doesn't answer. The message says what to do, for people; nothing decides by it. */
export class ServiceError extends Error {
  override readonly name = "ServiceError"
}
