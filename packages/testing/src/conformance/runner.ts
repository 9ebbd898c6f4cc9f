/**
 * The test runner that the suites are written for: Vitest, `node:test`, Mocha and Jest fit as they are.
 *
 * @example
 * import { describe, it } from "vitest"
 * storeConformance({ describe, it }, createSubject)
 */
export interface Runner {
  describe(name: string, body: () => void): void
  it(name: string, body: (context?: TestContext) => Promise<void>): void
}

/** What a runner may hand to a test: with `skip`, a test that the declared capabilities rule out is reported as skipped, else as passed. */
export interface TestContext {
  skip?(reason?: string): void
}
