import { AnnalsError } from "../errors/annals-error.ts"
import type { NewEvent } from "../events/event.ts"
import type { AggregateClass, AggregateObject } from "./aggregate-of.ts"
import { mark, type ObjectHandler, register } from "./handler-table.ts"

/** The events of an aggregate's object. */
type EventOfObject<Object> = Object extends AggregateObject<string, infer Event> ? Event : never
type OfType<Event extends NewEvent, Type extends string> = Extract<Event, { readonly type: Type }>

/** The objects that a class makes. */
type ObjectOf<Class> = Class extends { readonly prototype: infer Object } ? Object : never

/**
 * Says what an event does to the objects of a class. Call it in a static block, where private fields are in reach.
 *
 * @example
 * class Account extends aggregateOf(accounts) {
 *   #cents = 0
 *   static {
 *     handles(Account, "deposited", (account, { data }) => { account.#cents += data.cents })
 *   }
 * }
 */
export function handles<
  Class extends AggregateClass & { readonly prototype: AggregateObject },
  const Type extends EventOfObject<ObjectOf<Class>>["type"],
>(
  Class: Class,
  type: Type,
  handler: (aggregate: ObjectOf<Class>, event: OfType<EventOfObject<ObjectOf<Class>>, Type>) => void,
): void
/**
 * Decorates a method as the handler of an event. Needs a compiler that knows the standard decorators (TypeScript does, and esbuild): neither Node nor Vitest
 * runs them as they are written.
 *
 * @example
 * class Account extends aggregateOf(accounts) {
 *   cents = 0
 *   @handles("deposited")
 *   onDeposited({ data }: EventOf<typeof deposited>) {
 *     this.cents += data.cents
 *   }
 * }
 */
export function handles<const Type extends string>(
  type: Type,
): <Object extends AggregateObject>(
  method: (this: Object, event: OfType<EventOfObject<Object>, Type>) => void,
  context: ClassMethodDecoratorContext<Object>,
) => void
export function handles(
  target: string | object,
  type?: string,
  handler?: (object: never, event: never) => void,
): unknown {
  if (typeof target !== "string") return register(target, type as string, handler as unknown as ObjectHandler)
  return (method: (event: NewEvent) => void, context: ClassMethodDecoratorContext) => {
    if (!context.private && !context.static) return mark(method, target)
    const message = `@handles("${target}") is for a method that is neither private nor static: use handles(Class, …) in a static block`
    throw new AnnalsError("INVALID_OPTION", message, { path: String(context.name) })
  }
}
