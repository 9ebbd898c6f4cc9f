declare const position: unique symbol

/** A place in the order of a whole store: a safe integer, 0 = before the first event. Gaps are normal. */
export type Position = number & { readonly [position]: true }

/** The position before the first event. */
export const beginning = 0 as Position
