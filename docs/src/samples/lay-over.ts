/**
 * A program with some of its lines in place of others: a line that declares something replaces the line that declares the same, and an
 * import is added. Throws for a line that replaces nothing.
 */
export function layOver(program: readonly string[], lines: string): readonly string[] {
  const replaced = program.map((part) => part.split("\n"))
  const added: string[] = []
  for (const line of lines.split("\n")) {
    if (line.startsWith("import ")) added.push(line)
    else replaceDeclaration(replaced, line)
  }
  return replaced.map((part, index) => [...(index === 0 ? added : []), ...part].join("\n"))
}

function replaceDeclaration(parts: readonly string[][], line: string): void {
  const [declaration = ""] = /^.*? = /.exec(line) ?? []
  for (const part of parts) {
    const index = declaration === "" ? -1 : part.findIndex((other) => other.startsWith(declaration))
    if (index < 0) continue
    part[index] = line
    return
  }
  throw new Error(`nothing above declares what this line does: ${line}`)
}
