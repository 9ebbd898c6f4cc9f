/** Hints that there may be something to read; never the thing itself. A reader must poll as well. */
export interface WakeUps {
  /** Calls `listener` soon after something may have been appended, by this process or another; several hints may be merged into one. Returns how to stop it. */
  listen(listener: () => void): Disposable
}
