/**
 * Handlers by type of event, as they were given; one for a foreign event makes a type error of one line that names it.
 *
 * Functions that define something by handlers take them as a type parameter, through this type: only so do literal types survive in what the handlers return.
 */
export type OwnHandlers<Handlers, Type extends string, Owner extends string> = {
  readonly [Given in keyof Handlers]: Given extends Type
    ? Handlers[Given]
    : `"${Given & string}" is no event of "${Owner}"`
}
