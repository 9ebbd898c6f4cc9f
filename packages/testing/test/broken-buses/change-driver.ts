import type { BusDriver, GroupMember, GroupMembership } from "@annals/core"

/** The same driver, but for what is changed. */
export function changeDriver(driver: BusDriver, changes: Partial<BusDriver>): BusDriver {
  return {
    name: driver.name,
    capabilities: driver.capabilities,
    open: () => driver.open(),
    publish: (messages, signal) => driver.publish(messages, signal),
    join: (member) => driver.join(member),
    deadLetters: (group) => driver.deadLetters(group),
    removeGroup: (group) => driver.removeGroup(group),
    ping: () => driver.ping(),
    close: () => driver.close(),
    ...changes,
  }
}

/** The same member, but for what is changed. */
export function changeMember(member: GroupMember, changes: Partial<GroupMember>): GroupMember {
  return {
    group: member.group,
    order: member.order,
    from: member.from,
    retryDelaysMs: member.retryDelaysMs,
    maxUnsettled: member.maxUnsettled,
    receive: (deliveries) => member.receive(deliveries),
    finish: (tenure) => member.finish(tenure),
    nudged: (tenure, slots) => member.nudged(tenure, slots),
    disconnected: (error) => member.disconnected(error),
    connected: () => member.connected(),
    fail: (error) => member.fail(error),
    ...changes,
  }
}

/** The same membership, but for what is changed. */
export function changeMembership(
  membership: GroupMembership,
  changes: Partial<GroupMembership>,
): GroupMembership {
  return {
    acknowledge: (deliveries) => membership.acknowledge(deliveries),
    release: (deliveries) => membership.release(deliveries),
    retryLater: (delivery, attempts, delayMs) => membership.retryLater(delivery, attempts, delayMs),
    addDeadLetter: (delivery, failure) => membership.addDeadLetter(delivery, failure),
    noteAttempts: (delivery, attempts) => membership.noteAttempts?.(delivery, attempts),
    nudge: (slots) => membership.nudge(slots),
    lag: () => membership.lag(),
    leave: () => membership.leave(),
    ...changes,
  }
}
