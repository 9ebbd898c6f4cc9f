import type { StorePorts } from "@annals/core"

/** Fresh ports for one test, shared with no other test. */
export interface PortsSubject extends AsyncDisposable {
  readonly ports: StorePorts
  /** Moves the clock by which leases are judged, where it is the test's to move; else the suite lets the time pass. */
  elapse?(milliseconds: number): Promise<void>
}

/** Makes fresh, isolated ports. Disposing of the subject closes everything. */
export type CreatePorts<Port extends keyof StorePorts = keyof StorePorts> = () => Promise<
  AsyncDisposable & { readonly ports: Pick<StorePorts, Port> } & Pick<PortsSubject, "elapse">
>
