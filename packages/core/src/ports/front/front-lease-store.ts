import { checkName } from "../../streams/validate-name.ts"
import type { Fence, LeaseStore } from "../lease-store.ts"
import { checkEach, checkObject, checkWhole } from "./check-input.ts"
import type { PortGuard } from "./port-guard.ts"

/** A backend gets each resource once. */
export function frontLeaseStore(store: LeaseStore, { read, write }: PortGuard): LeaseStore {
  return {
    async heartbeat(group, owner, ttlMs) {
      checkMember(group, owner)
      checkWhole(ttlMs, "ttlMs", 1)
      return write(() => store.heartbeat(group, owner, ttlMs))
    },
    async acquire(group, owner, resources) {
      checkMember(group, owner)
      const wanted = checkResources(resources)
      return write(async () => (wanted.length === 0 ? [] : store.acquire(group, owner, wanted)))
    },
    async release(group, owner, resources) {
      checkMember(group, owner)
      const given = checkResources(resources)
      return write(async () => {
        if (given.length > 0) await store.release(group, owner, given)
      })
    },
    async leave(group, owner) {
      checkMember(group, owner)
      return write(() => store.leave(group, owner))
    },
    async inspect(group) {
      checkName(group, "group")
      return read(() => store.inspect(group))
    },
    async holds(fences) {
      const checked = checkEach(fences, "fences", checkFence)
      return read(async () => checked.length === 0 || store.holds(checked))
    },
  }
}

export function checkFence(fence: Fence, path: string): Fence {
  const { group, resource, owner, number } = checkObject(fence, path)
  return {
    group: checkName(group, `${path}.group`),
    resource: checkName(resource, `${path}.resource`),
    owner: checkName(owner, `${path}.owner`),
    number: checkWhole(number, `${path}.number`, 1),
  }
}

function checkMember(group: string, owner: string): void {
  checkName(group, "group")
  checkName(owner, "owner")
}

function checkResources(resources: readonly string[]): readonly string[] {
  return [...new Set(checkEach(resources, "resources", checkName))]
}
