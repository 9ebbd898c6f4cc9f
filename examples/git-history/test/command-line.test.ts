import { cpSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { runApplication } from "../src/application.ts"
import { Problem } from "../src/problem.ts"
import { createStyle } from "../src/terminal/style.ts"
import { runExample, TestRepository, temporaryFolder, text } from "./test-repository.ts"

function createRepository(): TestRepository {
  const repository = new TestRepository()
  repository.write("src/old.ts", text("code")).write("readme.md", "Hello\n").commit("Begin")
  repository.git("mv", "src/old.ts", "src/new.ts")
  repository.commit("Rename")
  repository.write("src/new.ts", `${text("code")}more\n`).commit("Edit")
  return repository
}

describe("the example", () => {
  it("shows everything once, and knows the second time that nothing is new", () => {
    using repository = createRepository()
    using folder = temporaryFolder()
    const database = join(folder.path, "history.db")
    const first = runExample([repository.folder, "--database", database])
    expect(first.stderr).toBe("")
    expect(first.status).toBe(0)
    expect(first.stdout).toContain(database)
    expect(first.stdout).toContain("Recorded 3 commits")
    expect(first.stdout).toContain("3 commits by one person from 2024-01-01 to 2024-01-03")
    for (const title of ["Who changed what", "Hottest files", "Churn by week", "Time travel"]) {
      expect(first.stdout).toContain(title)
    }
    const second = runExample([repository.folder, "--database", database])
    expect(second.stdout).toContain("Nothing new: all 3 commits are recorded already.")
    expect(afterImport(second.stdout)).toBe(afterImport(first.stdout))
  })

  it("lists the files at a date", () => {
    using repository = createRepository()
    const { stdout } = run(repository, "--at", "2024-01-01")
    expect(stdout).toContain("2 files on 2024-01-01 00:00")
    expect(stdout).toContain("  readme.md\n  src/old.ts\n")
    expect(run(repository, "--at", "2024-01-02T00:00Z").stdout).toContain("  readme.md\n  src/new.ts\n")
  })

  it("tells the story of a file under all its names", () => {
    using repository = createRepository()
    const { stdout } = run(repository, "--file", "src/new.ts")
    expect(stdout).toMatch(/added as src\/old\.ts\n.*renamed to src\/new\.ts\n.*edited\n$/)
  })

  it("prints no colours and no control characters where no terminal is", () => {
    using repository = createRepository()
    repository.write("\u001b[31mred.txt", "x\n").commit("\u001b[2J\u0007clear")
    const { stdout } = run(repository)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
    expect(run(repository, "--at", "2024-02-01").stdout).toContain("\\u{1b}[31mred.txt")
  })

  it("has colours when they are forced, unless NO_COLOR says otherwise", () => {
    using repository = createRepository()
    using folder = temporaryFolder()
    const args = [repository.folder, "--database", join(folder.path, "history.db")]
    expect(runExample(args, { FORCE_COLOR: "1" }).stdout).toContain("\u001b[1m")
    expect(runExample(args, { FORCE_COLOR: "1", NO_COLOR: "1" }).stdout).not.toContain("\u001b")
  })

  it("takes a folder inside of a repository, and a bare repository", () => {
    using repository = createRepository()
    using folder = temporaryFolder()
    const bare = join(folder.path, "bare.git")
    repository.git("clone", "--quiet", "--bare", ".", bare)
    for (const path of [join(repository.folder, "src"), bare]) {
      const { stdout } = runExample([path, "--database", join(folder.path, `${path.length}.db`)])
      expect(stdout).toContain("Recorded 3 commits")
    }
  })

  it("looks at the repository that it was given, whatever git's variables say", () => {
    using repository = createRepository()
    using other = new TestRepository()
    other.commit("Other")
    using folder = temporaryFolder()
    const { stdout } = runExample([repository.folder, "--database", join(folder.path, "history.db")], {
      GIT_DIR: join(other.folder, ".git"),
      GIT_WORK_TREE: other.folder,
      GIT_EXTERNAL_DIFF: "false",
    })
    expect(stdout).toContain("Recorded 3 commits")
  })

  it("gives the same answers whatever the user's settings for diffs are", () => {
    using repository = createRepository()
    const plain = afterImport(run(repository).stdout)
    const settings = {
      "diff.renames": "false",
      "diff.noprefix": "true",
      "diff.relative": "true",
      "log.showSignature": "true",
    }
    for (const [name, value] of Object.entries(settings)) repository.git("config", name, value)
    expect(afterImport(run(repository).stdout)).toBe(plain)
  })

  it("imports a shallow clone, and says that it is one", () => {
    using repository = createRepository()
    using folder = temporaryFolder()
    const clone = join(folder.path, "clone")
    repository.git("clone", "--quiet", "--depth=2", `file://${repository.folder}`, clone)
    const database = join(folder.path, "history.db")
    const shallow = runExample([clone, "--database", database])
    expect(shallow.stdout).toContain("shallow clone")
    expect(shallow.stdout).toContain("git fetch --unshallow")
    expect(shallow.stdout).toContain("Recorded 2 commits")
    repository.git("-C", clone, "fetch", "--quiet", "--unshallow")
    const whole = runExample([clone, "--database", database])
    expect(whole.stdout).not.toContain("shallow")
    expect(whole.stdout).toContain("Recorded 3 commits")
  })
})

describe("what can't be done", () => {
  const folder = createFolder()
  afterAll(() => folder[Symbol.dispose]())

  const runHere = (args: readonly string[]) =>
    runApplication(args, {
      folder: folder.path,
      defaultRepository: folder.path,
      dataFolder: join(folder.path, "data"),
      page: { width: 80, style: createStyle(false) },
      print: () => {},
      startProgress: () => ({ show: () => {}, end: () => {} }),
      now: () => 0,
      signal: new AbortController().signal,
    })

  it.each([
    ["a folder that isn't there", ["nowhere"], "there is no folder"],
    ["a file", ["file.txt"], "is not a folder"],
    ["a folder outside of any repository", ["empty"], "is not in a git repository"],
    ["a repository without commits", ["unborn"], "has no commits yet: make one"],
    ["a branch without commits", ["orphan"], 'check out another, such as "main"'],
    ["a damaged repository", ["damaged"], "git rev-list failed: bad object"],
    ["a date that is none", ["good", "--at", "yesterday"], "--at yesterday is no date"],
    ["a date that no month has", ["good", "--at", "2024-02-31T00:00Z"], "is no date"],
    ["a date before the first commit", ["good", "--at", "2001-01-01"], "the history starts on 2024-01-01"],
    ["a file that never was", ["good", "--file", "x"], "knows no file x"],
    ["two repositories", ["good", "bad"], "one repository at a time"],
    ["an unknown option", ["good", "--verbose"], "try --help"],
    ["an option without its value", ["good", "--at"], "try --help"],
  ])("is said: %s", async (_, args, message) => {
    const error = await runHere(args).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Problem)
    expect((error as Problem).message).toContain(message)
    expect((error as Problem).message).not.toContain("\n")
  })

  it.each([
    ["a folder that isn't there", ["nowhere"], "there is no folder"],
    ["a database that is none", ["good", "--database", "file.txt"], "NOT_A_STORE"],
    ["a database in a folder that isn't there", ["good", "--database", "no/where.db"], "STORE_UNAVAILABLE"],
  ])("ends with one line and exit code 1: %s", (_, args, message) => {
    const { status, stderr } = runExample(args, { INIT_CWD: folder.path })
    expect(stderr).toContain(message)
    expect(stderr.trimEnd().split("\n")).toHaveLength(1)
    expect(status).toBe(1)
  })

  it("is said: a machine without git", () => {
    const { status, stderr } = runExample(["good"], { INIT_CWD: folder.path, PATH: folder.path })
    expect(stderr).toBe("git was not found: install it, or put it on your PATH\n")
    expect(status).toBe(1)
  })

  it("doesn't include asking for help", () => {
    const { status, stdout } = runExample(["--help"])
    expect(stdout).toContain("--database FILE")
    expect(status).toBe(0)
  })
})

/** One of everything that can be pointed at. */
function createFolder(): { readonly path: string } & Disposable {
  using good = new TestRepository()
  good.write("a.txt", text("a")).commit("Begin")
  const folder = temporaryFolder()
  const copy = (name: string) => {
    const path = join(folder.path, name)
    cpSync(good.folder, path, { recursive: true })
    return path
  }
  copy("good")
  good.git("-C", copy("orphan"), "checkout", "--quiet", "--orphan", "fresh")
  writeFileSync(join(copy("damaged"), ".git", "refs", "heads", "main"), `${"1".repeat(40)}\n`)
  for (const name of ["empty", "unborn"]) mkdirSync(join(folder.path, name))
  good.git("init", "--quiet", join(folder.path, "unborn"))
  writeFileSync(join(folder.path, "file.txt"), text("no database", 100))
  return folder
}

function run(repository: TestRepository, ...args: readonly string[]) {
  using folder = temporaryFolder()
  return runExample([repository.folder, "--database", join(folder.path, "history.db"), ...args])
}

/** What doesn't depend on time. */
function afterImport(output: string): string {
  return output.slice(output.indexOf("\nThe history"))
}
