import type { UnitOfWork } from "@annals/core"

/** What stops a unit of work. */
export class Crash extends Error {}

/**
 * The same unit of work, in which the `at`-th call (from 0) of anything that it offers crashes: before or after it did what it should. `calls` counts
 * them.
 */
export function crashing<Tx>(
  unitOfWork: UnitOfWork<Tx>,
  at: number,
  moment: "before" | "after",
): { readonly unitOfWork: UnitOfWork<Tx>; readonly calls: () => number } {
  let calls = 0
  const count = <Result>(run: () => Result): Result => {
    const isCrash = calls++ === at
    if (isCrash && moment === "before") throw new Crash()
    const result = run()
    if (!isCrash) return result
    return (result instanceof Promise ? result.then(crash) : crash()) as Result
  }
  const wrap = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (name === "clock" || name === "tx") return member
        if (typeof member === "function") {
          const call = (...given: unknown[]) =>
            (member as (...given: unknown[]) => unknown).apply(target, given)
          if (name === "forTenant") return (...given: unknown[]) => wrap(call(...given) as object)
          return (...given: unknown[]) => count(() => call(...given))
        }
        return typeof member === "object" && member !== null ? wrap(member) : member
      },
    })
  return { unitOfWork: wrap(unitOfWork), calls: () => calls }
}

function crash(): never {
  throw new Crash()
}
