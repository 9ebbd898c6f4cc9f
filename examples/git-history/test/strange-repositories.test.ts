import { describe, expect, it } from "vitest"
import { decodePath } from "../src/git/decode-path.ts"
import { imported, pathsAt, storiesOfFiles } from "./imported.ts"
import { fillWithRandomHistory } from "./random-history.ts"
import { ada, TestRepository, text } from "./test-repository.ts"

describe("names of files", () => {
  it.each([
    ["with spaces", "a b  c.txt"],
    ["with a line break", "a\nb.txt"],
    ["with a tab", "a\tb.txt"],
    ["in another alphabet", "проект/ファイル.txt"],
    ["with emoji", "🎉/👩‍👩‍👧.txt"],
    ["with a backslash", "a\\b.txt"],
    ["with an arrow, as git shows renames", "a => b.txt"],
    ["that begin with a colon", ":a.txt"],
    ["that begin with a dash", "-rf.txt"],
    ["that begin with git's mark of a commit", "\u0001abc.txt"],
    ["that are a property of every object", "__proto__/constructor"],
    ["that look like counted lines", "1\t2\tx"],
  ])("%s survive", async (_, path) => {
    using repository = new TestRepository()
    repository.write(path, text("a")).commit("Add")
    repository.write(path, `${text("a")}more\n`).commit("Edit")
    repository.write("moved.txt", `${text("a")}more\n`)
    repository.git("rm", "--quiet", "--force", "--", `:(literal)${path}`)
    const renamed = repository.commit("Rename")
    repository.git("mv", "moved.txt", `./${path.replaceAll("/", "-")}`)
    repository.commit("And back")
    const { store, graph, report } = await imported(repository)
    expect(await pathsAt(store, graph, renamed)).toEqual(["moved.txt"])
    expect(report.files).toMatchObject([
      { path: path.replaceAll("/", "-"), changes: 4, added: 21, removed: 0 },
    ])
    const [event] = await store.readAll({ types: ["fileAdded"] }).toArray()
    expect(event?.data).toMatchObject({ path })
  })

  it("that are no UTF-8 are told apart, and shown as git shows them", async () => {
    using repository = new TestRepository()
    const blob = repository
      .run(["hash-object", "-w", "--stdin"], { input: text("a") })
      .toString()
      .trim()
    const line = (...bytes: readonly number[]) =>
      Buffer.concat([Buffer.from(`100644 ${blob}\t`), Buffer.from(bytes), Buffer.from([0])])
    const caf = [0x63, 0x61, 0x66]
    const input = Buffer.concat([
      line(...caf, 0xe9),
      line(...caf, 0xe8),
      line(...caf, 0xc3, 0xa9),
      line(0x22, ...caf),
    ])
    repository.run(["update-index", "-z", "--index-info"], { input })
    const tree = repository.git("write-tree")
    const commit = repository.run(["commit-tree", tree, "-m", "Odd bytes"], {
      env: repository.nextCommit(ada),
    })
    repository.git("update-ref", "HEAD", commit.toString().trim())
    const { store, graph } = await imported(repository)
    // With core.quotePath git would put é in quotes as well.
    const byGit = repository
      .git("-c", "core.quotePath=true", "ls-tree", "-r", "--name-only", "HEAD")
      .split("\n")
    expect(byGit).toEqual(['"\\"caf"', '"caf\\303\\251"', '"caf\\350"', '"caf\\351"'])
    expect(await pathsAt(store, graph, repository.head)).toEqual([
      '"\\"caf"',
      '"caf\\350"',
      '"caf\\351"',
      "café",
    ])
  })

  it("are text only if they are UTF-8 and don't begin with a quote", () => {
    expect(decodePath(Buffer.from("é\n\\"))).toBe("é\n\\")
    expect(decodePath(Buffer.from('"\\n"'))).toBe('"\\"\\\\n\\""')
    expect(decodePath(Buffer.from([0x61, 0xff]))).toBe('"a\\377"')
  })
})

describe("kinds of files", () => {
  it("are told: executables, symbolic links and submodules", async () => {
    using repository = new TestRepository()
    repository.write("run.sh", text("run")).commit("Add")
    repository.git("update-index", "--chmod=+x", "run.sh")
    repository.run(["update-index", "--add", "--cacheinfo", `160000,${repository.head},module`])
    const link = repository.run(["hash-object", "-w", "--stdin"], { input: "run.sh" }).toString().trim()
    repository.run(["update-index", "--add", "--cacheinfo", `120000,${link},link`])
    repository.run(["commit", "--quiet", "--message", "Kinds"], { env: repository.nextCommit(ada) })
    const { report } = await imported(repository)
    const kinds = [...report.present.values()].map(({ path, kind }) => [path, kind])
    expect(Object.fromEntries(kinds)).toEqual({
      "run.sh": "executable",
      module: "submodule",
      link: "symlink",
    })
    expect(report.files.find(({ path }) => path === "run.sh")).toMatchObject({ changes: 2, added: 20 })
  })

  it("that are binary have no lines", async () => {
    using repository = new TestRepository()
    repository.write("data.bin", new Uint8Array([0, 1, 2])).commit("Add")
    const { store } = await imported(repository)
    const [event] = await store.readAll({ types: ["fileAdded"] }).toArray()
    expect(event?.data).toMatchObject({ path: "data.bin", lines: null })
  })

  it("can change: a file into a folder and back, a file into a link", async () => {
    using repository = new TestRepository()
    repository.write("a", text("a")).commit("A file")
    repository.git("rm", "--quiet", "a")
    repository.write("a/b", text("b", 5)).commit("A folder")
    repository.git("rm", "--quiet", "-r", "a")
    const last = repository.write("a", text("c", 7)).commit("A file again")
    const { store, graph } = await imported(repository)
    expect(await pathsAt(store, graph, last)).toEqual(["a"])
    const folder = [...graph.commits()][1]?.hash as string
    expect(await pathsAt(store, graph, folder)).toEqual(["a/b"])
  })
})

describe("commits", () => {
  it("without changes, without a message, and by people with odd names are recorded", async () => {
    using repository = new TestRepository()
    repository.commit("Nothing yet")
    const name = "Zoë \u0001\u001b[31m\t🎉"
    repository.write("a.txt", "a\n").commit("", { name, email: "" }, "--allow-empty-message")
    const { graph, report } = await imported(repository)
    expect([...graph.commits()].map(({ subject }) => subject)).toEqual(["Nothing yet", ""])
    expect(report.authors.map((author) => author.name)).toContain(repository.git("log", "-1", "--format=%an"))
  })

  it("of any year are recorded", async () => {
    using repository = new TestRepository()
    const dates = ["100 +0000", "4102444800 +1400", "1700000000 -1200"]
    const commits = dates.map((date, index) => {
      const parent = index === 0 ? "" : `from :${index}\n`
      const who = `A <a@x> ${date}`
      return `commit refs/heads/main\nmark :${index + 1}\nauthor ${who}\ncommitter ${who}\ndata 1\nx\n${parent}M 100644 inline a\ndata 2\n${index}\n\n`
    })
    repository.run(["fast-import", "--quiet"], { input: commits.join("") })
    const { graph, report } = await imported(repository)
    expect([...graph.commits()].map(({ committedAt }) => committedAt)).toEqual([
      100_000, 4_102_444_800_000, 1.7e12,
    ])
    expect(report.churn.size).toBe(3)
  })

  it("with merges of three lines, and without a common beginning, are recorded", async () => {
    using repository = new TestRepository()
    repository.write("a.txt", text("a")).commit("Begin")
    repository.git("branch", "one")
    repository.git("branch", "two")
    for (const branch of ["one", "two"]) {
      repository.git("checkout", "--quiet", branch)
      repository.write(`${branch}.txt`, text(branch)).commit(branch)
    }
    repository.git("checkout", "--quiet", "--orphan", "apart")
    repository.git("rm", "--quiet", "-r", "--force", ".")
    repository.write("apart.txt", text("apart")).commit("Apart")
    repository.git("checkout", "--quiet", "main")
    repository.run(["merge", "--quiet", "--no-ff", "-m", "Three", "one", "two"], {
      env: repository.nextCommit(ada),
    })
    repository.run(["merge", "--quiet", "--allow-unrelated-histories", "-m", "All", "apart"], {
      env: repository.nextCommit(ada),
    })
    const { store, graph, report } = await imported(repository)
    expect(await pathsAt(store, graph, repository.head)).toEqual(["a.txt", "apart.txt", "one.txt", "two.txt"])
    expect(report.commits).toBe(6)
    expect((await storiesOfFiles(store)).length).toBe(4)
  })
})

describe("a long history", () => {
  it("of 1,500 commits is imported and answered", async () => {
    using repository = new TestRepository()
    fillWithRandomHistory(repository, 21, 1_500)
    const { graph, report } = await imported(repository)
    expect(graph.size).toBe(1_500)
    const byGit = repository.git("ls-tree", "-r", "--name-only", "HEAD").split("\n").filter(Boolean)
    expect([...report.present.values()].map(({ path }) => path).sort()).toEqual(byGit.sort())
  })
})
