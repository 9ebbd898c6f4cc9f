/** What a connection that listens tells. */
export interface ListenHandlers {
  readonly notified: (payload: string) => void
  /** It is gone, and tells nothing more. */
  readonly lost: (error?: unknown) => void
}

/** A connection of its own that hears notifications. */
export interface ListenConnection {
  /** Lets go of it at once, whatever state it is in. Never rejects. */
  close(): Promise<void>
}

/** Opens a connection on which the server has accepted LISTEN; gives up when the signal is aborted. */
export type OpenListenConnection = (
  handlers: ListenHandlers,
  signal: AbortSignal,
) => Promise<ListenConnection>
