import { execFileSync, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { vi } from "vitest"

// Each test starts git dozens of times, which on a busy machine can take longer than the usual 5 s.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

/** Nothing of the machine's or the user's own settings gets in. */
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"))),
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  LC_ALL: "C",
  TZ: "UTC",
}

const day = 24 * 60 * 60
/** The first commit's time: a Monday. */
const start = Date.UTC(2024, 0, 1) / 1000

export interface Person {
  readonly name: string
  readonly email: string
}

export const ada: Person = { name: "Ada", email: "ada@example.org" }
export const bob: Person = { name: "Bob", email: "bob@example.org" }

/** A folder that is gone after the test. */
export function temporaryFolder(): { readonly path: string } & Disposable {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "annals-git-history-")))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }) }
}

/** A real repository in a temporary folder, whose commits are a day apart. */
export class TestRepository implements Disposable {
  readonly folder: string
  readonly #parent = temporaryFolder()
  #commits = 0

  constructor() {
    this.folder = join(this.#parent.path, "project")
    mkdirSync(this.folder)
    this.git("init", "--quiet", "--initial-branch=main")
  }

  /** Git's answer, without the line break at its end. */
  git(...args: readonly string[]): string {
    return this.run(args).toString("utf8").replace(/\n$/, "")
  }

  /** Git's answer, byte for byte. */
  run(
    args: readonly string[],
    options: { readonly input?: string | Buffer; readonly env?: NodeJS.ProcessEnv } = {},
  ): Buffer {
    return execFileSync("git", ["-C", this.folder, ...args], {
      env: { ...environment, ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
      maxBuffer: 1024 * 1024 * 1024,
      ...(options.input !== undefined && { input: options.input }),
    })
  }

  write(path: string, content: string | Uint8Array): this {
    const file = join(this.folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
    return this
  }

  /** Commits everything that is in the folder, and returns the hash. */
  commit(subject: string, author: Person = ada, ...options: readonly string[]): string {
    this.git("add", "--all")
    this.run(["commit", "--quiet", "--allow-empty", "--message", subject, ...options], {
      env: this.nextCommit(author),
    })
    return this.head
  }

  /** Merges a branch by a commit, whatever it takes: where the two conflict, ours wins. */
  merge(branch: string, author: Person = ada): string {
    const env = this.nextCommit(author)
    this.run(
      ["merge", "--quiet", "--no-ff", "--strategy-option=ours", "--message", `Merge ${branch}`, branch],
      { env },
    )
    return this.head
  }

  /** The variables that make a commit somebody's, a day after the one before. */
  nextCommit({ name, email }: Person): NodeJS.ProcessEnv {
    const date = `${start + this.#commits++ * day} +0000`
    return {
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_NAME: "Carol",
      GIT_COMMITTER_EMAIL: "carol@example.org",
      GIT_COMMITTER_DATE: date,
    }
  }

  get head(): string {
    return this.git("rev-parse", "HEAD")
  }

  [Symbol.dispose](): void {
    this.#parent[Symbol.dispose]()
  }
}

/** Many lines, so that git recognises the text when it's renamed. */
export function text(name: string, lines = 20): string {
  return Array.from({ length: lines }, (_, line) => `${name} ${line}\n`).join("")
}

/** What a user starts. */
export const mainFile = join(import.meta.dirname, "../src/main.ts")

/** The example as a user runs it. */
export function runExample(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [mainFile, ...args], {
    env: { ...environment, INIT_CWD: undefined, FORCE_COLOR: undefined, ...env },
    encoding: "utf8",
  })
  return { status, stdout, stderr }
}
