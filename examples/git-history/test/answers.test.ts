import { describe, expect, it } from "vitest"
import type { Report } from "../src/report/gather-report.ts"
import { commitsByGit, filesByGit, type Lines, linesByGit } from "./git-answers.ts"
import { imported, pathsAt } from "./imported.ts"
import { fillWithRandomHistory } from "./random-history.ts"
import { bob, TestRepository, text } from "./test-repository.ts"

describe("a history with branches, merges, renames and binary files", () => {
  const create = () => {
    const repository = new TestRepository()
    repository.write("readme.md", text("readme")).write("src/one.ts", text("one")).commit("Begin")
    repository.git("mv", "src/one.ts", "src/first.ts")
    repository.commit("Rename one", bob)
    repository.git("checkout", "--quiet", "-b", "side")
    repository.write("src/side.ts", text("side")).commit("Add side", bob)
    repository.git("mv", "src/first.ts", "src/start.ts")
    repository.write("picture.png", new Uint8Array([0, 1, 2, 255])).commit("Rename on the side", bob)
    repository.git("checkout", "--quiet", "main")
    repository.write("readme.md", `${text("readme")}more\n`).commit("Explain")
    repository.merge("side")
    repository.git("rm", "--quiet", "src/side.ts")
    repository.commit("Remove side")
    return repository
  }

  it("has the files that git has, at every commit of every branch", async () => {
    using repository = create()
    const { store, graph } = await imported(repository)
    for (const { hash } of graph.commits()) {
      expect(await pathsAt(store, graph, hash)).toEqual(filesByGit(repository, hash))
    }
  })

  it("counts commits and lines of people as git does", async () => {
    using repository = create()
    const { report } = await imported(repository)
    expect(commitsOf(report)).toEqual(commitsByGit(repository))
    expect(linesOf(report)).toEqual(linesByGit(repository).byAuthor)
  })

  it("counts the churn of each week as git does", async () => {
    using repository = create()
    const { report } = await imported(repository)
    expect(weeksOf(report)).toEqual(linesByGit(repository).byWeek)
  })

  it("follows a file through its names, also when a merge brings the new one", async () => {
    using repository = create()
    const { report } = await imported(repository)
    const start = report.files.find(({ path }) => path === "src/start.ts")
    const followed = repository
      .git("log", "--follow", "--format=%H", "--no-merges", "--", "src/start.ts")
      .split("\n")
    expect(start?.changes).toBe(followed.length)
    expect(report.files.map(({ path }) => path).sort()).toEqual([
      "picture.png",
      "readme.md",
      "src/side.ts",
      "src/start.ts",
    ])
  })

  it("finds the commit that git finds at a date", async () => {
    using repository = create()
    const { graph } = await imported(repository)
    const seconds = Number(repository.git("log", "-1", "--format=%ct", "HEAD"))
    for (let time = seconds - 9 * 86_400; time <= seconds + 86_400; time += 43_200) {
      const byGit = repository.git("rev-list", "-1", "--first-parent", `--before=${time}`, "HEAD")
      expect(graph.commitAt(repository.head, time * 1000)?.hash ?? "").toBe(byGit)
    }
  })
})

describe.each([1, 2, 3, 4, 5])("a wild history (seed %i)", (seed) => {
  it("gives git's answers to every question", async () => {
    using repository = new TestRepository()
    fillWithRandomHistory(repository, seed, 40)
    const { store, graph, report } = await imported(repository)

    const lines = linesByGit(repository)
    expect(graph.size).toBe(Number(repository.git("rev-list", "--count", "HEAD")))
    expect(commitsOf(report)).toEqual(commitsByGit(repository))
    expect(linesOf(report)).toEqual(lines.byAuthor)
    expect(weeksOf(report)).toEqual(lines.byWeek)
    expect(total(report.files.map(({ changes }) => changes))).toBe(total(Object.values(lines.changesByPath)))
    for (const { hash } of graph.commits()) {
      expect(await pathsAt(store, graph, hash), hash).toEqual(filesByGit(repository, hash))
    }
  })
})

function commitsOf({ authors }: Report): Record<string, number> {
  return Object.fromEntries(authors.map(({ name, commits }) => [name, commits]))
}

function linesOf({ authors }: Report): Record<string, Lines> {
  const busy = authors.filter(({ files }) => files.size > 0)
  return Object.fromEntries(busy.map(({ name, added, removed }) => [name, { added, removed }]))
}

function weeksOf({ churn }: Report): Record<string, Lines> {
  return Object.fromEntries([...churn].map(([monday, lines]) => [new Date(monday).toISOString(), lines]))
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0)
}
