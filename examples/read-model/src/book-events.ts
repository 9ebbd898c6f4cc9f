// What can happen to a book of the library. Each book is a stream.
import { defineCategory, defineEvent, type } from "@annals/core"

export const acquired = defineEvent("acquired", type<{ title: string }>())
export const lent = defineEvent("lent", type<{ to: string }>())
export const returned = defineEvent("returned", type<Record<string, never>>())
export const discarded = defineEvent("discarded", type<Record<string, never>>())

export const books = defineCategory("book", [acquired, lent, returned, discarded])
