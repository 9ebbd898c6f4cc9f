import type { UnitOfWork } from "@annals/core"
import type { PostgresStore } from "@annals/store-postgres"
import type { PoolClient } from "pg"

/** The same but for what is replaced. */
export function replaceParts<Target extends object>(target: Target, replaced: Partial<Target>): Target {
  return new Proxy(target, {
    get(_, name) {
      if (name in replaced) return Reflect.get(replaced, name)
      const value = Reflect.get(target, name, target)
      return typeof value === "function" ? value.bind(target) : value
    },
  })
}

/** A store whose units of work are something else. */
export function replaceUnitsOfWork(
  store: PostgresStore,
  replace: (unitOfWork: UnitOfWork<PoolClient>) => UnitOfWork<PoolClient>,
): PostgresStore {
  return replaceParts(store, {
    transaction: (work, options) => store.transaction((unitOfWork) => work(replace(unitOfWork)), options),
  })
}
