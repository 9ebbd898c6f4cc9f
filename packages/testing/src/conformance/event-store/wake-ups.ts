import assert from "node:assert/strict"
import { AsyncLocalStorage } from "node:async_hooks"
import { secondHandle } from "../capabilities.ts"
import type { CreateSubject } from "../conformance-subject.ts"
import type { Runner } from "../runner.ts"
import { everything, notebook, notes } from "./sample-events.ts"

/** Hints that there may be something to read. */
export function wakeUps<Tx>({ describe, it }: Runner, create: CreateSubject<Tx>): void {
  describe("wake-ups", () => {
    it("come after an append, when its events can be read", async () => {
      await using subject = await create()
      const { store } = subject
      const woken = Promise.withResolvers<number>()
      using _listening = store.wakeUps.listen(() => {
        everything(store).then((events) => events.length > 0 && woken.resolve(events.length), woken.reject)
      })
      await store.append(notebook("a"), notes(2))
      assert.equal(await woken.promise, 2)
    })

    it("come after a unit of work that appended", async () => {
      await using subject = await create()
      const { store } = subject
      await store.head()
      const woken = Promise.withResolvers<number>()
      using _listening = store.wakeUps.listen(() => {
        everything(store).then((events) => events.length > 0 && woken.resolve(events.length), woken.reject)
      })
      await store.transaction((unitOfWork) => unitOfWork.events.append(notebook("a"), notes(3)))
      assert.equal(await woken.promise, 3)
    })

    it("reach every listener, and a tenant's handle", async () => {
      await using subject = await create()
      const { store } = subject
      const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      using _first = store.wakeUps.listen(() => first.resolve())
      using _second = store.forTenant("red").wakeUps.listen(() => second.resolve())
      await store.forTenant("red").append(notebook("a"), notes(1))
      await Promise.all([first.promise, second.promise])
    })

    it("end when listening ends", async () => {
      await using subject = await create()
      const { store } = subject
      let heard = 0
      const listening = store.wakeUps.listen(() => heard++)
      listening[Symbol.dispose]()
      listening[Symbol.dispose]()
      const woken = Promise.withResolvers<void>()
      using _other = store.wakeUps.listen(() => woken.resolve())
      await store.append(notebook("a"), notes(1))
      await woken.promise
      assert.equal(heard, 0)
    })

    it("call a listener in its own context, not in that of who appends", async () => {
      await using subject = await create()
      const { store } = subject
      await store.head()
      const context = new AsyncLocalStorage<string>()
      const heard = Promise.withResolvers<string | undefined>()
      using _listening = context.run("listener", () =>
        store.wakeUps.listen(() => heard.resolve(context.getStore())),
      )
      await context.run("writer", () => store.append(notebook("a"), notes(1)))
      assert.equal(await heard.promise, "listener")
    })

    it("come when the store is closed, so that who waits learns of it", async () => {
      await using subject = await create()
      const { store } = subject
      const woken = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      using _store = store.wakeUps.listen(() => woken[0]?.resolve())
      using _tenant = store.forTenant("red").wakeUps.listen(() => woken[1]?.resolve())
      const gone = store.wakeUps.listen(() => assert.fail("it doesn't listen any more"))
      gone[Symbol.dispose]()
      await store.close()
      await Promise.all(woken.map(({ promise }) => promise))
      await assert.rejects(store.head(), { code: "CLOSED" })
    })

    it("come also for what another handle appended", async (context = undefined) => {
      await using subject = await create()
      const open = secondHandle(subject, context)
      if (!open) return
      const other = await open()
      await subject.store.head()
      const woken = Promise.withResolvers<void>()
      using _listening = subject.store.wakeUps.listen(() => woken.resolve())
      await other.append(notebook("a"), notes(1))
      await woken.promise
    })
  })
}
