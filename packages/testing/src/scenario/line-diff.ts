import { inspect } from "node:util"

const marks = { both: "  ", expected: "- ", actual: "+ " } as const

interface DiffLine {
  readonly side: keyof typeof marks
  readonly text: string
}

/**
 * Two values line by line: what only the expected one has is marked with "-", what only the actual one has with "+". Nothing is left out but
 * lines far from any difference.
 */
export function lineDiff(expected: unknown, actual: unknown): string {
  const lines = diffLines(linesOf(expected), linesOf(actual))
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - 3), index + 4).some(({ side }) => side !== "both"),
  )
  const shown: string[] = []
  for (const [index, { side, text }] of lines.entries()) {
    if (near[index]) shown.push(`${marks[side]}${text}`)
    else if (near[index - 1] ?? index === 0) shown.push("  …")
  }
  return shown.join("\n")
}

function linesOf(value: unknown): string[] {
  const text = inspect(value, {
    depth: 20,
    breakLength: 80,
    maxArrayLength: null,
    maxStringLength: null,
    sorted: true,
    compact: false,
  })
  return text.split("\n")
}

/** By the longest common subsequence; states and events in tests are small. */
function diffLines(expected: readonly string[], actual: readonly string[]): DiffLine[] {
  const common = commonLengths(expected, actual)
  const lines: DiffLine[] = []
  let [left, right] = [0, 0]
  while (left < expected.length || right < actual.length) {
    if (left < expected.length && right < actual.length && expected[left] === actual[right]) {
      lines.push({ side: "both", text: expected[left++] as string })
      right++
    } else if (
      right === actual.length ||
      (left < expected.length && at(common, left + 1, right) >= at(common, left, right + 1))
    ) {
      lines.push({ side: "expected", text: expected[left++] as string })
    } else lines.push({ side: "actual", text: actual[right++] as string })
  }
  return lines
}

/** At [i][j]: how many lines the rests from i and j have in common. */
function commonLengths(expected: readonly string[], actual: readonly string[]): readonly Uint32Array[] {
  const table = Array.from({ length: expected.length + 1 }, () => new Uint32Array(actual.length + 1))
  for (let left = expected.length - 1; left >= 0; left--) {
    for (let right = actual.length - 1; right >= 0; right--) {
      const row = table[left] as Uint32Array
      row[right] =
        expected[left] === actual[right]
          ? at(table, left + 1, right + 1) + 1
          : Math.max(at(table, left + 1, right), at(table, left, right + 1))
    }
  }
  return table
}

function at(table: readonly Uint32Array[], left: number, right: number): number {
  return table[left]?.[right] ?? 0
}
