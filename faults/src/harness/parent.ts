/** The other side of a `Child`: what a child process says to whoever started it. */
export interface Parent {
  /** Resolves when the message is on its way. */
  say(message: object): Promise<void>
}

/**
 * Calls `serve` with the first message. An error of it is said as `{ type: "failed", message }`. When the parent lets go after that, `close` is
 * called and the process ends; when the parent is gone before, the process ends as it is.
 */
export function serveParent<Job>(
  serve: (job: Job, parent: Parent) => Promise<void>,
  onMessage: (message: unknown) => void,
  close: () => Promise<void>,
): void {
  let served = false
  const parent: Parent = {
    // Whatever goes wrong here means that the parent is gone, which ends this process anyway.
    say: (message) => new Promise((resolve) => void process.send?.(message, () => resolve())),
  }
  process.once("message", async (job: Job) => {
    process.on("message", onMessage)
    try {
      await serve(job, parent)
    } catch (error) {
      await parent.say({
        type: "failed",
        message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      })
    } finally {
      served = true
    }
  })
  process.once("disconnect", async () => {
    if (served) await close()
    process.exit()
  })
  // Where the parent is killed while this process starts, the channel closes before anybody listens.
  if (!process.connected) process.exit()
}
