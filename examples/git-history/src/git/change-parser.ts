import type { ChangedLines } from "../domain/commit.ts"
import type { FileKind } from "../domain/file.ts"
import type { GitChange, GitCommit } from "./commit-changes.ts"
import { decodePath } from "./decode-path.ts"

/** Starts each commit in git's output; what follows a commit starts otherwise. */
const commitMark = "\u0001"

/** Git writes a NUL after each of these, and one more at the end. */
export const commitFormat = ["%x01%H", "%an", "%ae", "%at", "%ct", "%s", ""].join("%x00")
const headerFields = 6

const longestSubject = 500

interface RawChange {
  readonly status: string
  readonly kind: FileKind
  readonly from: string
  readonly path: string
}

/**
 * Understands `git diff-tree -z --raw --numstat --format=…`, one piece between NULs after the other:
 *
 *     ^A hash  name  email  time  time  subject  ""
 *     :modes hashes STATUS  path [new path]         for each change
 *     added TAB removed TAB path                    for each change; a rename has an empty path, and then both
 */
export class ChangeParser {
  readonly #onCommit: (commit: GitCommit) => void
  #header: string[] = []
  #changes: RawChange[] = []
  #lines = new Map<string, ChangedLines | null>()
  /** What the next piece is, where it doesn't say so itself. */
  #next: ((piece: Buffer) => void) | undefined

  constructor(onCommit: (commit: GitCommit) => void) {
    this.#onCommit = onCommit
  }

  read(piece: Buffer): void {
    if (this.#next) this.#next(piece)
    else this.#startPart(piece)
  }

  #startPart(piece: Buffer): void {
    // Git ends a commit's header by a line break only where changes follow.
    const start = String.fromCharCode(piece[0] === 0x0a ? (piece[1] ?? 0) : (piece[0] ?? 0))
    if (start === commitMark) this.#startCommit(piece)
    else if (start === ":") this.#startChange(piece)
    else if (piece.length > 0) this.#readLines(piece)
  }

  /** To be called when git has ended well: the last commit is complete only now. */
  end(): void {
    const [hash, name, email, authored, committed, subject] = this.#header
    if (hash === undefined) return
    this.#onCommit({
      hash,
      author: { name: name ?? "", email: email ?? "" },
      authoredAt: milliseconds(authored),
      committedAt: milliseconds(committed),
      subject: shorten(subject ?? ""),
      changes: this.#changes.map((change) => this.#describe(change)),
    })
    this.#header = []
    this.#changes = []
    this.#lines = new Map()
  }

  #startCommit(piece: Buffer): void {
    this.end()
    const start = piece.indexOf(commitMark) + commitMark.length
    this.#header = [piece.subarray(start).toString("latin1")]
    this.#next = (field) => {
      this.#header.push(field.toString("utf8"))
      if (this.#header.length === headerFields) this.#next = undefined
    }
  }

  #startChange(piece: Buffer): void {
    const [, newMode = "", , , score = ""] = piece.toString("latin1").trimStart().split(" ")
    const status = score.charAt(0)
    const kind = kindOf(newMode)
    this.#next = (path) => {
      const from = decodePath(path)
      const add = (to: string) => {
        this.#changes.push({ status, kind, from, path: to })
        this.#next = undefined
      }
      if (status === "R") this.#next = (to) => add(decodePath(to))
      else add(from)
    }
  }

  #readLines(piece: Buffer): void {
    const firstTab = piece.indexOf("\t")
    const secondTab = piece.indexOf("\t", firstTab + 1)
    const lines = countsOf(piece.subarray(0, firstTab), piece.subarray(firstTab + 1, secondTab))
    const path = piece.subarray(secondTab + 1)
    const add = (to: Buffer) => {
      this.#lines.set(decodePath(to), lines)
      this.#next = undefined
    }
    if (path.length > 0) add(path)
    else
      this.#next = () => {
        this.#next = add
      }
  }

  #describe({ status, kind, from, path }: RawChange): GitChange {
    // Git counts no lines where only the mode changed.
    const lines = this.#lines.get(path) ?? (this.#lines.has(path) ? null : { added: 0, removed: 0 })
    switch (status) {
      case "A":
        return { what: "added", path, kind, lines }
      case "D":
        return { what: "deleted", path, lines }
      case "R":
        return { what: "renamed", from, path, kind, lines }
      default:
        return { what: "edited", path, kind, lines }
    }
  }
}

function countsOf(added: Buffer, removed: Buffer): ChangedLines | null {
  const text = added.toString("latin1")
  return text === "-" ? null : { added: Number(text), removed: Number(removed.toString("latin1")) }
}

function kindOf(mode: string): FileKind {
  switch (mode.replace(":", "")) {
    case "100755":
      return "executable"
    case "120000":
      return "symlink"
    case "160000":
      return "submodule"
    default:
      return "file"
  }
}

/** Broken commits may have no time, or one that no calendar knows. */
function milliseconds(seconds: string | undefined): number {
  const time = Number(seconds) * 1000
  return Number.isNaN(new Date(time).getTime()) ? 0 : time
}

function shorten(subject: string): string {
  if (subject.length <= longestSubject) return subject
  return `${subject.slice(0, longestSubject).toWellFormed()}…`
}
