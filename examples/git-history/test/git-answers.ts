import type { TestRepository } from "./test-repository.ts"

/** Paths as git tells them, cut at NULs. Not for names that aren't UTF-8. */
export function filesByGit(repository: TestRepository, commit: string): readonly string[] {
  return repository
    .run(["ls-tree", "-r", "-z", "--name-only", commit])
    .toString("utf8")
    .split("\0")
    .filter(Boolean)
    .sort()
}

/** Commits by author, as `git shortlog -sn` counts them. */
export function commitsByGit(repository: TestRepository): Record<string, number> {
  const lines = repository.git("shortlog", "-sn", "HEAD").split("\n")
  return Object.fromEntries(
    lines.map((line) => [line.slice(line.indexOf("\t") + 1), Number.parseInt(line, 10)]),
  )
}

export interface Lines {
  added: number
  removed: number
}

/** What `git log --numstat` counts, by author, by week and by path. Merges have no changes of their own there. */
export function linesByGit(repository: TestRepository) {
  const output = repository
    .run(["log", "--numstat", "-M", "-z", "--format=%x01%an%x02%at%x02", "HEAD"])
    .toString("utf8")
  const byAuthor: Record<string, Lines> = {}
  const byWeek: Record<string, Lines> = {}
  const changesByPath: Record<string, number> = {}
  for (const commit of output.split("\u0001").slice(1)) {
    const [author = "", time = "", numbers = ""] = commit.split("\u0002")
    const week = mondayByGit(Number(time))
    for (const { added, removed, path } of numstat(numbers)) {
      add(byAuthor, author, added, removed)
      add(byWeek, week, added, removed)
      changesByPath[path] = (changesByPath[path] ?? 0) + 1
    }
  }
  return { byAuthor, byWeek, changesByPath }
}

function* numstat(text: string): Generator<Lines & { readonly path: string }> {
  const tokens = text.split("\0").map((token) => token.replace(/^\n/, ""))
  for (let index = 0; index < tokens.length; index++) {
    const match = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(tokens[index] as string)
    if (match === null) continue
    const [, added, removed, path] = match
    if (path === "") index += 2
    yield { added: count(added), removed: count(removed), path: path || (tokens[index] as string) }
  }
}

function count(text: string | undefined): number {
  return text === "-" ? 0 : Number(text)
}

function add(sums: Record<string, Lines>, key: string, added: number, removed: number): void {
  const sum = sums[key] ?? { added: 0, removed: 0 }
  sums[key] = sum
  sum.added += added
  sum.removed += removed
}

/** Counted back from a calendar day, unlike in the projection. */
function mondayByGit(seconds: number): string {
  const date = new Date(seconds * 1000)
  const sinceMonday = (date.getUTCDay() + 6) % 7
  return new Date(
    Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() - sinceMonday),
  ).toISOString()
}
