// The lending of one copy of a book, in the words of the library. Nothing here knows of a store, a database or a framework.
import { addDays, type Day, daysBetween } from "./day.ts"

/** What can happen to a copy. */
export type LendingEvent =
  | { readonly type: "acquired"; readonly data: { readonly title: string } }
  | { readonly type: "lent"; readonly data: { readonly reader: string; readonly dueOn: Day } }
  | { readonly type: "renewed"; readonly data: { readonly dueOn: Day } }
  | { readonly type: "reserved"; readonly data: { readonly reader: string } }
  | { readonly type: "returned"; readonly data: { readonly daysLate: number } }

/** How a copy stands. */
export type Copy =
  | { readonly is: "not-ours" }
  | { readonly is: "on-the-shelf"; readonly title: string; readonly reservedFor: string | undefined }
  | {
      readonly is: "lent"
      readonly title: string
      readonly reader: string
      readonly dueOn: Day
      readonly renewals: number
      readonly reservedFor: string | undefined
    }

/** Why the library says no. */
interface No {
  readonly no:
    | "already-ours"
    | "not-ours"
    | "already-lent"
    | "reserved-for-somebody-else"
    | "already-reserved"
    | "not-lent"
    | "overdue"
    | "renewed-too-often"
}

export type Answer = LendingEvent | No

const loanDays = 28
const maxRenewals = 2

export const unknownCopy: Copy = { is: "not-ours" }

/** How a copy stands after something happened to it. */
export function after(copy: Copy, event: LendingEvent): Copy {
  switch (event.type) {
    case "acquired":
      return { is: "on-the-shelf", title: event.data.title, reservedFor: undefined }
    case "lent":
      return {
        is: "lent",
        title: titleOf(copy),
        reader: event.data.reader,
        dueOn: event.data.dueOn,
        renewals: 0,
        reservedFor: undefined,
      }
    case "renewed":
      return copy.is === "lent" ? { ...copy, dueOn: event.data.dueOn, renewals: copy.renewals + 1 } : copy
    case "reserved":
      return copy.is === "not-ours" ? copy : { ...copy, reservedFor: event.data.reader }
    case "returned":
      return copy.is === "lent"
        ? { is: "on-the-shelf", title: copy.title, reservedFor: copy.reservedFor }
        : copy
    default:
      return event satisfies never
  }
}

function titleOf(copy: Copy): string {
  return copy.is === "not-ours" ? "" : copy.title
}

export function acquire(copy: Copy, { title }: { readonly title: string }): Answer {
  return copy.is === "not-ours" ? { type: "acquired", data: { title } } : { no: "already-ours" }
}

/** A copy is lent for four weeks, and to nobody but the reader who has reserved it. */
export function lend(
  copy: Copy,
  { reader, today }: { readonly reader: string; readonly today: Day },
): Answer {
  if (copy.is === "not-ours") return { no: "not-ours" }
  if (copy.is === "lent") return { no: "already-lent" }
  if (copy.reservedFor !== undefined && copy.reservedFor !== reader)
    return { no: "reserved-for-somebody-else" }
  return { type: "lent", data: { reader, dueOn: addDays(today, loanDays) } }
}

/** A loan is renewed twice at most, in time, and only while nobody waits for the copy. */
export function renew(copy: Copy, { today }: { readonly today: Day }): Answer {
  if (copy.is !== "lent") return { no: "not-lent" }
  if (today > copy.dueOn) return { no: "overdue" }
  if (copy.reservedFor !== undefined) return { no: "reserved-for-somebody-else" }
  if (copy.renewals === maxRenewals) return { no: "renewed-too-often" }
  return { type: "renewed", data: { dueOn: addDays(copy.dueOn, loanDays) } }
}

/** One reader may wait for a copy that is lent. */
export function reserve(copy: Copy, { reader }: { readonly reader: string }): Answer {
  if (copy.is !== "lent") return { no: "not-lent" }
  if (copy.reservedFor !== undefined) return { no: "already-reserved" }
  return { type: "reserved", data: { reader } }
}

export function takeBack(copy: Copy, { today }: { readonly today: Day }): Answer {
  if (copy.is !== "lent") return { no: "not-lent" }
  return { type: "returned", data: { daysLate: Math.max(0, daysBetween(copy.dueOn, today)) } }
}
