import assert from "node:assert/strict"
import type { CreateSubject } from "../conformance-subject.ts"
import type { Runner } from "../runner.ts"
import { everyPort, traces, writeEveryPort } from "../transactional-store/bookkeeping.ts"

/** The tenant is part of every port's keys. */
export function portTenants<Tx>({ describe, it }: Runner, create: CreateSubject<Tx>): void {
  describe("the ports of a tenant", () => {
    it("are its own", async () => {
      await using subject = await create()
      const { store } = subject
      await writeEveryPort(store.forTenant("red"))
      assert.deepEqual(await traces(store.forTenant("red")), everyPort(true))
      assert.deepEqual(await traces(store.forTenant("blue")), everyPort(false))
    })

    it("may use the names that another uses", async () => {
      await using subject = await create()
      const [red, blue] = [subject.store.forTenant("red"), subject.store.forTenant("blue")]
      await writeEveryPort(red)
      await writeEveryPort(blue)
      await red.readModels.save("model", "id", "red")
      await red.outbox.remove((await red.outbox.read()).map(({ id }) => id))
      await red.leases.leave("group", "me")
      await red.checkpoints.remove("sub")
      assert.deepEqual(await traces(blue), everyPort(true))
      assert.deepEqual((await blue.readModels.get("model", "id"))?.value, { kept: true })
    })
  })
}
