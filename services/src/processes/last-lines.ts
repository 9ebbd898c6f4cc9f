/** What a person needs to see of a log: its end. */
export function lastLines(text: string, count = 30): string {
  return text.trimEnd().split("\n").slice(-count).join("\n")
}
