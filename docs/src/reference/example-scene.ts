// What the examples in doc comments take for granted. They are compiled and never run, so most of this needs no value.
import { type Category, type Clock, defineEvent, type EventIn, type RecordedEvent } from "@annals/core"
import type { ConformanceSubject } from "@annals/testing"
import * as z from "zod"

export const opened = defineEvent("opened", z.object({ owner: z.string() }))
export const deposited = defineEvent("deposited", z.object({ cents: z.int().positive() }))
export const withdrawn = defineEvent("withdrawn", z.object({ cents: z.int().positive() }))

type AccountEvents = EventIn<[typeof opened, typeof deposited, typeof withdrawn]>

export declare const category: Category<"account", AccountEvents>
export declare const event: RecordedEvent
export declare const error: unknown
export declare const user: { readonly id: string }
export declare const request: { readonly id: string }
export declare const commit: { readonly hash: string }
export declare const path: string
export declare function retryWithBackoff(clock: Clock): Promise<void>
export declare function createSubject(): Promise<ConformanceSubject>
