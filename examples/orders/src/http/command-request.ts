// What all requests that change something have in common.
import { randomUUID } from "node:crypto"
import type { SaveResult } from "@annals/core"
import type { Context } from "hono"
import { HTTPException } from "hono/http-exception"
import type * as z from "zod"

/** The client's name for this request: sent again with the same key, it acts once. Without one, nobody can tell that it is the same. */
export function commandIdOf(context: Context): string {
  return context.req.header("Idempotency-Key") ?? randomUUID()
}

/** Tells the client how far to wait when it reads: see `readYourWrites`. */
export function tellPosition(context: Context, { position }: SaveResult): void {
  if (position !== undefined) context.header("Position", String(position))
}

export async function readBody<Body>(context: Context, schema: z.ZodType<Body>): Promise<Body> {
  const body: unknown = await context.req.json().catch(() => {
    throw new HTTPException(400, { message: "invalid-json" })
  })
  return schema.parse(body)
}
