import { AnnalsError } from "../errors/annals-error.ts"

/** Opens a backend on first use, refuses use after `close()`, and lets `close()` wait for what is under way. */
export interface StoreLifecycle {
  /** Runs an operation on the open backend. Rejects with `CLOSED`. */
  use<Result>(run: () => Promise<Result>): Promise<Result>
  /** Runs what a backend may need before it can be opened. Rejects with `CLOSED`. */
  useUnopened<Result>(run: () => Promise<Result>): Promise<Result>
  /** Twice is fine. */
  close(): Promise<void>
}

export function createStoreLifecycle(backend: {
  open(): Promise<void>
  close(): Promise<void>
}): StoreLifecycle {
  let opening: Promise<void> | undefined
  let isOpen = false
  let closing: Promise<void> | undefined
  let underWay = 0
  let idle = () => {}

  const open = async () => {
    try {
      opening ??= backend.open()
      await opening
      isOpen = true
    } catch (error) {
      opening = undefined // what was in the way may be gone at the next try
      throw error
    }
  }

  const close = async () => {
    if (underWay > 0) await new Promise<void>((resolve) => (idle = resolve))
    await backend.close()
  }

  const useUnopened = async <Result>(run: () => Promise<Result>): Promise<Result> => {
    if (closing !== undefined) throw new AnnalsError("CLOSED", "the store is closed")
    underWay++
    try {
      return await run()
    } finally {
      underWay--
      if (underWay === 0) idle()
    }
  }

  return {
    async use(run) {
      if (closing !== undefined) throw new AnnalsError("CLOSED", "the store is closed")
      underWay++
      try {
        if (!isOpen) await open()
        return await run()
      } finally {
        underWay--
        if (underWay === 0) idle()
      }
    },
    useUnopened,
    close: () => (closing ??= close()),
  }
}
