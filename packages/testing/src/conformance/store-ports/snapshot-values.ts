import assert from "node:assert/strict"
import type { SnapshotKey, StoredPayload } from "@annals/core"
import { odd } from "../event-store/names.ts"
import type { Runner } from "../runner.ts"
import { key, snapshot } from "./sample-snapshots.ts"
import type { CreateSnapshotStoreSubject } from "./snapshot-store-subject.ts"

/** Traps 13 and 15: states and names are kept exactly, and told from every other. */
export function snapshotValues({ describe, it }: Runner, create: CreateSnapshotStoreSubject): void {
  describe("the values of a snapshot", () => {
    it("keep kinds, names and ids apart", async () => {
      await using subject = await create()
      const { snapshots } = subject
      for (const [index, each] of alike.entries()) {
        assert.equal(await snapshots.load(each), undefined)
        await snapshots.save(each, snapshot(index + 1))
      }
      for (const [index, each] of alike.entries())
        assert.deepEqual(await snapshots.load(each), snapshot(index + 1))
    })

    it("have any name and id", async () => {
      await using subject = await create()
      const { snapshots } = subject
      const keys = odd.flatMap((name): SnapshotKey[] => [
        { kind: "stream", name, id: name },
        { kind: "stream", name, id: "a" },
        { kind: "stream", name: "a", id: name },
        { kind: "fold", name, id: "" },
      ])
      for (const [index, each] of keys.entries()) await snapshots.save(each, snapshot(index + 1))
      for (const [index, each] of keys.entries())
        assert.deepEqual(await snapshots.load(each), snapshot(index + 1))
      await snapshots.prune(keys[0] as SnapshotKey, 0)
      assert.deepEqual(await snapshots.load(keys[1] as SnapshotKey), snapshot(2))
    })

    it("keep state as text and as bytes, with its hash, byte for byte", async () => {
      await using subject = await create()
      const { snapshots } = subject
      for (const [index, state] of states.entries()) {
        const each = snapshot(index + 1, { schemaVersion: index + 3, state, takenAt: 3 - index })
        await snapshots.save(key, each)
        const loaded = await snapshots.load(key)
        assert.deepEqual(loaded && { ...loaded, state: plain(loaded.state) }, {
          ...each,
          state: plain(state),
        })
      }
    })

    it("may be a megabyte", async () => {
      await using subject = await create()
      const { snapshots } = subject
      const text = { encoding: "json", body: JSON.stringify('é"😀\n'.repeat(150_000)) }
      const bytes = {
        encoding: "zstd",
        body: new Uint8Array(Buffer.alloc(1_000_000, "\0\xff\r\n", "latin1")),
      }
      for (const [index, state] of [text, bytes].entries()) {
        await snapshots.save(key, snapshot(index, { state }))
        const loaded = await snapshots.load(key)
        assert.ok(
          loaded && Buffer.from(loaded.state.body as string).equals(Buffer.from(state.body as string)),
        )
      }
    })

    it("are nobody else's: bytes that are changed afterwards, saved or loaded, change nothing", async () => {
      await using subject = await create()
      const { snapshots } = subject
      const body = Uint8Array.of(1, 2, 3)
      const saving = snapshots.save(key, snapshot(1, { state: { encoding: "raw", body } }))
      body[0] = 9
      await saving
      for (let round = 0; round < 2; round++) {
        const loaded = (await snapshots.load(key))?.state.body as Uint8Array
        assert.deepEqual([...loaded], [1, 2, 3])
        loaded[1] = 9
      }
    })

    it("are refused where they mean nothing", async () => {
      await using subject = await create()
      const { snapshots } = subject
      for (const [name, attempt] of Object.entries({
        kind: () => snapshots.load({ ...key, kind: "state" as never }),
        fold: () => snapshots.load({ kind: "fold", name: "a", id: "b" }),
        name: () => snapshots.save({ ...key, name: "" }, snapshot(1)),
        id: () => snapshots.prune({ ...key, id: "a\0b" }, 1),
        revision: () => snapshots.save(key, snapshot(-1)),
        schemaVersion: () => snapshots.save(key, snapshot(1, { schemaVersion: 0.5 })),
        body: () => snapshots.save(key, snapshot(1, { state: { encoding: "json", body: {} as never } })),
        atMost: () => snapshots.load(key, -1),
        keepLast: () => snapshots.prune(key, Number.NaN),
      })) {
        await assert.rejects(attempt(), (error: Error & { code?: string }) => {
          assert.match(error.code ?? "", /^INVALID_(OPTION|NAME)$/, `${name}: ${error}`)
          return true
        })
      }
      assert.equal(await snapshots.load(key), undefined)
    })
  })
}

const alike: readonly SnapshotKey[] = [
  key,
  { ...key, id: "bob" },
  { ...key, name: "cart" },
  { kind: "fold", name: "account", id: "" },
  { kind: "fold", name: "alice", id: "" },
  { ...key, name: "account/alice", id: "a" },
  { ...key, name: "account", id: "alice/a" },
  { ...key, name: "account alice", id: "b" },
  { ...key, name: 'account","alice', id: "c" },
  { ...key, name: "account", id: 'alice","c' },
  { ...key, id: "Alice" },
  { ...key, id: " alice" },
  { ...key, id: "x".repeat(999) },
  { ...key, id: "x".repeat(1000) },
  { ...key, name: "x".repeat(1000), id: "y".repeat(1000) },
  { ...key, name: "y".repeat(1000), id: "x".repeat(1000) },
]

const states: readonly StoredPayload[] = [
  { encoding: "json", body: "ä👩‍👩‍👧 'x' \"y\" \\ \\u0000", hash: "abc" },
  { encoding: "json", body: '{"__proto__":1,"b":"\\ud800","a":-0.0,"date":"2020-01-01T00:00:00.000Z"}' },
  { encoding: "text", body: "" },
  { encoding: "text", body: "\ufeff\0\r\n\u2028\x7f" },
  { encoding: "zstd", body: Uint8Array.of(0, 255, 10, 13, 239, 187, 191) },
  { encoding: "zstd+aes", body: new Uint8Array(0), hash: "it's 😀" },
]

function plain({ body, ...rest }: StoredPayload) {
  return { ...rest, body: typeof body === "string" ? body : { bytes: [...body] } }
}
