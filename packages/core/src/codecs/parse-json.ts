/**
 * `JSON.parse`, but for the message of its error: the engine's quotes the beginning of what it can't parse, which may be anybody's secret, and errors are
 * logged.
 */
export function parseJson<Value>(text: string): Value {
  try {
    return JSON.parse(text)
  } catch (error) {
    const [place = ""] = /at position \d+/.exec(error instanceof Error ? error.message : "") ?? []
    throw new SyntaxError(place === "" ? "it isn't JSON" : `it isn't JSON: damaged ${place}`)
  }
}
