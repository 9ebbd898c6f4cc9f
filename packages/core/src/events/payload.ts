/** A value that JSON carries exactly. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

/** What an event's data may be: a JSON value, or raw bytes. */
export type Payload = JsonValue | Uint8Array
