import { unknownCommand } from "../deciders/command-refused.ts"
import { isRefusal } from "../deciders/refusal.ts"
import type { NewEvent } from "../events/event.ts"
import type { Category } from "../streams/category.ts"
import { type Behaviour, behaviourKey } from "./behaviour.ts"
import { handlersOf } from "./handler-table.ts"
import { Tracked, trackingOf } from "./tracking.ts"
import { applyPolicy, type OnUnhandled, type UnhandledPolicy } from "./unhandled-event.ts"

/** The name of the method that applies an event, in a class that does so by hand. */
export const applyEvent: unique symbol = Symbol.for("annals.apply-event")

/** Under which a class knows its category; the same in every copy of core that a program may hold. */
export const categoryKey: unique symbol = Symbol.for("annals.category")

declare const kind: unique symbol

/** What the objects of an aggregate's class have: nothing under a plain name. */
export interface AggregateObject<Name extends string = string, Event extends NewEvent = NewEvent>
  extends Tracked {
  /**
   * Applies an event to this object: by what `handles` said of the class. Override it to apply events by hand, and call `super[applyEvent](event)` for
   * those that you leave out.
   */
  [applyEvent](event: Event): void
  /** For the compiler only. */
  readonly [kind]?: { readonly name: Name; readonly event: Event }
}

/** What `aggregateOf` returns: extend it. */
export interface AggregateClass<Name extends string = string, Event extends NewEvent = NewEvent> {
  new (): AggregateObject<Name, Event>
  readonly [categoryKey]: Category<Name, Event>
  /** For the repository. */
  readonly [behaviourKey]: object
}

/**
 * The class that the class of an aggregate extends: its methods `raise` events, and `handles` (or a method `[applyEvent]`) says what they do to
 * it. It must be possible to make one without arguments. All names of fields and methods are yours.
 *
 * @example
 * const accounts = defineCategory("account", [opened, deposited])
 *
 * class Account extends aggregateOf(accounts) {
 *   cents = 0
 *
 *   static {
 *     handles(Account, "opened", () => {})
 *     handles(Account, "deposited", (account, { data }) => { account.cents += data.cents })
 *   }
 *
 *   deposit({ cents }: { cents: number }) {
 *     raise(this, deposited({ cents }))
 *   }
 * }
 *
 * await createRepository(store, Account).execute("alice", "deposit", { cents: 500 })
 */
export function aggregateOf<Name extends string, Event extends NewEvent>(
  category: Category<Name, Event>,
  options: { /** Default `"error"`. */ readonly unhandled?: UnhandledPolicy } = {},
): AggregateClass<Name, Event> {
  const unhandled = options.unhandled ?? "error"
  const onUnhandled = applyPolicy(unhandled, category.name)

  return class Aggregate extends Tracked {
    static readonly [categoryKey] = category

    static get [behaviourKey](): object {
      // `this` is the class that extends this one.
      // biome-ignore lint/complexity/noThisInStatic: see above
      return classBehaviour(this, Aggregate, category as Category, unhandled)
    }

    constructor() {
      super()
      trackingOf(this).onUnhandled = onUnhandled
    }

    [applyEvent](event: Event): void {
      const handler = handlersOf(this.constructor, Aggregate).get(event.type)
      if (handler === undefined) trackingOf(this).onUnhandled(event)
      else handler(this, event)
    }
  }
}

function classBehaviour(
  Class: new () => AggregateObject,
  Base: { readonly prototype: object },
  category: Category,
  unhandled: UnhandledPolicy,
): Behaviour<AggregateObject, AggregateObject> {
  const apply = (root: AggregateObject, event: NewEvent) => {
    root[applyEvent](event)
    return root
  }
  let example: AggregateObject | undefined
  return {
    category,
    unhandled,
    changesWhenRaised: true,
    copy: undefined,
    initial(onUnhandled: OnUnhandled) {
      const root = new Class()
      trackingOf(root).onUnhandled = onUnhandled
      return root
    },
    handlerOf: (type) => (category.events.resolve(type) === undefined ? undefined : apply),
    rootOf: (state) => state,
    stateOf: (root) => root,
    hasCommand(name) {
      example ??= new Class() // a command may also be a function that the constructor makes
      return findMethod(example, name, Base) !== undefined
    },
    run(root, command, payload) {
      const outcome: unknown = methodOf(root, command, Base, category.name).call(root, payload)
      return outcome instanceof Promise ? outcome.then(refusalIn) : refusalIn(outcome)
    },
    stateAfter: (root) => root,
    settle: () => {},
  }
}

function refusalIn(outcome: unknown) {
  return isRefusal(outcome) ? outcome : undefined
}

function methodOf(root: object, command: string, Base: { readonly prototype: object }, category: string) {
  const others: string[] = []
  const method = findMethod(root, command, Base, others)
  if (method === undefined) throw unknownCommand(category, command, others)
  return method
}

/** A method that the class of the aggregate brings: what every object has is no command. `others`: gets the names that were met on the way. */
function findMethod(
  root: object,
  command: string,
  Base: { readonly prototype: object },
  others: string[] = [],
): ((payload: unknown) => unknown) | undefined {
  for (let owner = root; owner !== Base.prototype; owner = Object.getPrototypeOf(owner)) {
    for (const name of Object.getOwnPropertyNames(owner)) {
      const { value } = Object.getOwnPropertyDescriptor(owner, name) as PropertyDescriptor
      if (typeof value !== "function" || name === "constructor") continue
      if (name === command) return value as (payload: unknown) => unknown
      others.push(name)
    }
  }
  return undefined
}
