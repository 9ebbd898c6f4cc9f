// The parcel of an order. Whoever is told twice sends two: nothing here would notice.
import { defineDecider } from "@annals/core"
import { parcelSent } from "../published/parcel-sent.ts"

interface SendParcel {
  readonly product: string
  readonly quantity: number
}

export const parcel = defineDecider("parcel", {
  events: [parcelSent],
  initial: () => ({ sent: 0 }),
  evolve: { "parcel-sent": ({ sent }) => ({ sent: sent + 1 }) },
  decide: { send: (_parcel, content: SendParcel) => parcelSent(content) },
})
