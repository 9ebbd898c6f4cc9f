import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import type { EventStore } from "@annals/core"
import { createSqliteStore } from "@annals/store-sqlite"
import { describe, expect, it } from "vitest"
import { repositories } from "../src/domain/commit.ts"
import { historyEvents } from "../src/domain/history-events.ts"
import { readCommitGraph } from "../src/domain/read-commit-graph.ts"
import { filesByGit } from "./git-answers.ts"
import { createHistoryStore, imported, importInto, pathsAt, storiesOfFiles } from "./imported.ts"
import { fillWithRandomHistory } from "./random-history.ts"
import { ada, bob, mainFile, TestRepository, temporaryFolder, text } from "./test-repository.ts"

/** Everything that is recorded, but for when it was. */
async function recorded(store: EventStore) {
  const events = await store.readAll().toArray()
  return events.map(({ recordedAt: _, tenant: _tenant, ...event }) => event)
}

describe("a commit", () => {
  it("is one append to the streams of its files and of the repository", async () => {
    using repository = new TestRepository()
    const first = repository.write("a.txt", text("a")).write("b.txt", text("b")).commit("Add both", bob)
    const { store } = await imported(repository)
    const events = await store.readAll({ correlationId: first }).toArray()
    expect(events.map(({ type, metadata }) => [type, metadata.actor])).toEqual([
      ["fileAdded", "Bob"],
      ["fileAdded", "Bob"],
      ["commitRecorded", "Bob"],
    ])
    expect(new Set(events.map(({ recordedAt }) => recordedAt)).size).toBe(1)
    expect(events[0]?.occurredAt).toBe(Number(repository.git("log", "-1", "--format=%at")) * 1000)
  })

  it("continues the stream of a file that it renames", async () => {
    using repository = new TestRepository()
    repository.write("a.txt", text("a")).commit("Add")
    repository.git("mv", "a.txt", "b.txt")
    repository.commit("Rename")
    repository.write("b.txt", `${text("a")}more\n`).commit("Edit")
    repository.git("rm", "--quiet", "b.txt")
    repository.commit("Delete")
    repository.write("b.txt", text("another")).commit("Add another")
    const { store } = await imported(repository)
    const stories = await storiesOfFiles(store)
    expect(stories.sort((left, right) => right.length - left.length)).toEqual([
      ["fileAdded", "fileRenamed", "fileEdited", "fileDeleted"],
      ["fileAdded"],
    ])
  })
})

describe("importing again", () => {
  it("adds nothing", async () => {
    using repository = new TestRepository()
    fillWithRandomHistory(repository, 7, 40)
    const store = createHistoryStore()
    expect(await importInto(store, repository)).toEqual({ known: 0, added: 40, left: 0 })
    const before = await recorded(store)
    expect(await importInto(store, repository)).toEqual({ known: 40, added: 0, left: 0 })
    expect(await recorded(store)).toEqual(before)
  })

  it("adds what is new, also from another branch", async () => {
    using repository = new TestRepository()
    repository.write("a.txt", text("a")).commit("Begin")
    repository.git("branch", "side")
    repository.git("mv", "a.txt", "b.txt")
    repository.commit("Rename on main")
    const store = createHistoryStore()
    await importInto(store, repository)
    repository.git("checkout", "--quiet", "side")
    repository.write("a.txt", `${text("a")}more\n`).commit("Edit on the side", bob)
    expect(await importInto(store, repository)).toEqual({ known: 1, added: 1, left: 0 })
    repository.git("checkout", "--quiet", "main")
    repository.merge("side")
    const { graph } = await imported(repository, store)
    for (const { hash } of graph.commits()) {
      expect(await pathsAt(store, graph, hash)).toEqual(filesByGit(repository, hash))
    }
    expect((await storiesOfFiles(store)).length).toBe(1)
  })

  it("keeps what a rewritten branch has left behind, and answers from the new one", async () => {
    using repository = new TestRepository()
    repository.write("a.txt", text("a")).commit("Begin")
    repository.write("b.txt", text("b")).commit("Will be rewritten")
    const store = createHistoryStore()
    await importInto(store, repository)
    repository.git("reset", "--quiet", "--hard", "HEAD^")
    repository.write("c.txt", text("c")).commit("Rewritten", bob)
    const { graph, report } = await imported(repository, store)
    expect(graph.size).toBe(3)
    expect(report.commits).toBe(2)
    expect([...report.present.values()].map(({ path }) => path)).toEqual(["a.txt", "c.txt"])
    expect(report.authors.map(({ name }) => name).sort()).toEqual([ada.name, bob.name])
  })
})

describe("an interrupted import", () => {
  it.each([1, 2, 17, 39])("goes on after commit %i as if nothing had happened", async (last) => {
    using repository = new TestRepository()
    fillWithRandomHistory(repository, 11, 40)
    const whole = createHistoryStore()
    await importInto(whole, repository)

    const store = createHistoryStore()
    const interruption = new AbortController()
    let appends = 0
    const interrupted: EventStore = {
      ...store,
      appendToStreams: (...args) => {
        if (++appends === last) interruption.abort()
        return store.appendToStreams(...args)
      },
    }
    const result = await importInto(interrupted, repository, { signal: interruption.signal })
    expect(result.added + result.left).toBe(40)
    expect(await importInto(store, repository)).toEqual({ known: result.added, added: result.left, left: 0 })
    expect(await recorded(store)).toEqual(await recorded(whole))
  })

  it("keeps whole commits when the store fails in the middle, and goes on", async () => {
    using repository = new TestRepository()
    fillWithRandomHistory(repository, 12, 40)
    const store = createHistoryStore()
    let appends = 0
    const failing: EventStore = {
      ...store,
      appendToStreams: (...args) =>
        ++appends === 20 ? Promise.reject(new Error("disk full")) : store.appendToStreams(...args),
    }
    await expect(importInto(failing, repository)).rejects.toThrow("disk full")
    expect((await importInto(store, repository)).known).toBe(19)
    const whole = createHistoryStore()
    await importInto(whole, repository)
    expect(await recorded(store)).toEqual(await recorded(whole))
  })

  it("goes on after the process was killed", async () => {
    using repository = new TestRepository()
    using folder = temporaryFolder()
    fillWithRandomHistory(repository, 13, 1_500)
    const database = join(folder.path, "history.db")
    const child = spawn(process.execPath, [mainFile, repository.folder, "--database", database], {
      stdio: "ignore",
    })
    const exited = new Promise((resolve) => child.once("exit", resolve))
    const firstCommit = repository.git("rev-list", "--max-parents=0", "HEAD")
    const stream = repositories.stream(firstCommit)
    while (
      child.exitCode === null &&
      !(existsSync(database) && (await versionOf(database, firstCommit)) > 0)
    ) {
      await setTimeout(5)
    }
    child.kill("SIGKILL")
    await exited

    await using sqlite = createSqliteStore({ file: database, events: historyEvents })
    const store = sqlite.forTenant(firstCommit)
    const before = await store.streamVersion(stream)
    expect(before).toBeGreaterThan(0)
    const { known, added } = await importInto(store, repository)
    expect({ known, total: known + added }).toEqual({ known: before, total: 1_500 })
    const whole = createHistoryStore()
    await importInto(whole, repository)
    const withoutPositions = (events: Awaited<ReturnType<typeof recorded>>) =>
      events.map(({ position: _, ...event }) => event)
    expect(withoutPositions(await recorded(store))).toEqual(withoutPositions(await recorded(whole)))
  })
})

describe("two imports at a time", () => {
  it("record everything once", async () => {
    using repository = new TestRepository()
    fillWithRandomHistory(repository, 14, 60)
    const store = createHistoryStore()
    const results = await Promise.all([importInto(store, repository), importInto(store, repository)])
    expect(results.map(({ left }) => left)).toEqual([0, 0])
    const whole = createHistoryStore()
    await importInto(whole, repository)
    expect(await recorded(store)).toEqual(await recorded(whole))
  })

  it("of different branches say that the other is under way", async () => {
    using repository = new TestRepository()
    repository.commit("Begin")
    const store = createHistoryStore()
    await importInto(store, repository)
    repository.git("branch", "side")
    repository.commit("On main")
    const overtaken: EventStore = {
      ...store,
      appendToStreams: async (...args) => {
        repository.git("checkout", "--quiet", "side")
        repository.commit("On the side")
        await importInto(store, repository)
        return store.appendToStreams(...args)
      },
    }
    await expect(importInto(overtaken, repository)).rejects.toThrow("another import")
    const firstCommit = repository.git("rev-list", "--max-parents=0", "HEAD")
    expect((await readCommitGraph(store, firstCommit)).size).toBe(2)
  })
})

describe("several repositories in one database", () => {
  it("see nothing of each other", async () => {
    using one = new TestRepository()
    using other = new TestRepository()
    using folder = temporaryFolder()
    one.write("one.txt", text("one")).commit("One")
    other.write("other.txt", text("other")).commit("Other", bob)
    await using sqlite = createSqliteStore({ file: join(folder.path, "all.db"), events: historyEvents })
    const first = await imported(one, sqlite.forTenant(one.head))
    const second = await imported(other, sqlite.forTenant(other.head))
    expect(first.report.authors.map(({ name }) => name)).toEqual(["Ada"])
    expect([...second.report.present.values()].map(({ path }) => path)).toEqual(["other.txt"])
  })
})

/** As another process sees it, which may find the file before there is anything in it. */
async function versionOf(database: string, firstCommit: string): Promise<number> {
  const sqlite = createSqliteStore({ file: database, readOnly: true })
  try {
    return await sqlite.forTenant(firstCommit).streamVersion(repositories.stream(firstCommit))
  } catch {
    return 0
  } finally {
    await sqlite.close()
  }
}
