/** What an error says, in one line. One for several addresses of a host says nothing but its code. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.message !== "") return error.message
  return "code" in error ? String(error.code) : error.name
}
