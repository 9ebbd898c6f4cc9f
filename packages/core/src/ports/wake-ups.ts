/**
 * Hints that there may be something to read; never the thing itself.
 *
 * A store's own `wakeUps` look at the store by themselves, once for all listeners: whoever listens first and then reads to the end is woken after whatever
 * is appended from then on, in this process or another, and needs no poll of its own. They come also when the store is closed. Hints from elsewhere, such
 * as a bus, get lost: who has only them must poll as well.
 */
export interface WakeUps {
  /** Calls `listener` soon after something may have been appended, by this process or another; several hints may be merged into one. Returns how to stop it. */
  listen(listener: () => void): Disposable
}
