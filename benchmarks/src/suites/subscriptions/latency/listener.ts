/** What hands live events to a handler. */
export interface Listener extends AsyncDisposable {
  /** From now on; `handle` gets what an event's writer noted as the time when it appended. */
  listen(handle: (sentAt: number) => void): Promise<AsyncDisposable>
}
