/** What a member of a group tells the others. */
export interface Hello {
  readonly from: string
  readonly held?: number
  readonly leaves?: boolean
  /** Everybody is to say what it holds. */
  readonly asks?: boolean
}

export function isHello(value: unknown): value is Hello {
  return typeof value === "object" && value !== null && "from" in value && typeof value.from === "string"
}
