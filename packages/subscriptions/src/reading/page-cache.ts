import type { LogPage } from "@annals/core"
import { answerFrom, type SharedPage, type SharedRequest } from "./shared-page.ts"

/** What pages may take up together: those who read at different speeds meet in here, as far apart as this. */
export const cacheBounds = { pages: 32, events: 10_000, payloadBytes: 32 * 1024 * 1024 } as const

/** The pages read last. */
export class PageCache {
  readonly #pages: { readonly shared: SharedPage; readonly bytes: number }[] = []
  #events = 0
  #bytes = 0

  /** The answer to a request, if one of the pages has it. */
  answer(request: SharedRequest): LogPage | undefined {
    for (const { shared } of this.#pages) {
      const answer = answerFrom(shared, request)
      if (answer !== undefined) return answer
    }
    return undefined
  }

  add(shared: SharedPage): void {
    const bytes = bytesOf(shared)
    this.#pages.push({ shared, bytes })
    this.#events += shared.page.events.length
    this.#bytes += bytes
    while (this.#isOverfull()) this.#dropOldest()
  }

  #isOverfull(): boolean {
    const { pages, events, payloadBytes } = cacheBounds
    return this.#pages.length > pages || this.#events > events || this.#bytes > payloadBytes
  }

  #dropOldest(): void {
    const oldest = this.#pages.shift()
    this.#events -= oldest?.shared.page.events.length ?? 0
    this.#bytes -= oldest?.bytes ?? 0
  }
}

/** As far as it matters: characters for text. */
function bytesOf({ page }: SharedPage): number {
  return page.events.reduce((sum, { payload, metadata }) => sum + payload.body.length + metadata.length, 0)
}
