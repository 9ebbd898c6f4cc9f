// What shipping tells other services. A parcel has the id of its order.
import { defineEvent } from "@annals/core"
import * as z from "zod"

export const parcelSent = defineEvent(
  "parcel-sent",
  z.object({ product: z.string(), quantity: z.int().positive() }),
)
