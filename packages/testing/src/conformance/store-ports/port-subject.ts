/** A fresh port for one test, shared with no other test. */
export interface PortSubject<Port> extends AsyncDisposable {
  readonly port: Port
  /** Moves the clock that the port judges by; without it the suites let the time pass. */
  elapse?(milliseconds: number): void
}

/** Makes a fresh, isolated port. Disposing of the subject closes everything. */
export type CreatePort<Port> = () => Promise<PortSubject<Port>>
