import {
  type BusDriver,
  type BusMessage,
  type Delivery,
  type GroupMember,
  type GroupMembership,
  slotOf,
} from "@annals/core"

/** The same driver, but for what is changed. */
export function changeDriver(driver: BusDriver, changes: Partial<BusDriver>): BusDriver {
  return {
    name: driver.name,
    topic: driver.topic,
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
function changeMembership(membership: GroupMembership, changes: Partial<GroupMembership>): GroupMembership {
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

/** The same driver, whose members and memberships are changed. */
export function changeMembers(
  driver: BusDriver,
  change: (member: GroupMember) => {
    readonly member?: Partial<GroupMember>
    readonly membership?: (membership: GroupMembership) => Partial<GroupMembership>
  },
): BusDriver {
  return changeDriver(driver, {
    async join(member) {
      const changes = change(member)
      const membership = await driver.join(changeMember(member, changes.member ?? {}))
      return changeMembership(membership, changes.membership?.(membership) ?? {})
    },
  })
}

/** The same driver, whose memberships are changed. */
export function changeMemberships(
  driver: BusDriver,
  change: (membership: GroupMembership, member: GroupMember) => Partial<GroupMembership>,
): BusDriver {
  return changeMembers(driver, (member) => ({ membership: (membership) => change(membership, member) }))
}

/** The same driver, whose messages are changed on their way. */
export function changeMessages(driver: BusDriver, change: (message: BusMessage) => BusMessage): BusDriver {
  return changeDriver(driver, {
    publish: (messages, signal) => driver.publish(messages.map(change), signal),
  })
}

/** Changes what a message says about its event. */
export function changeHead(
  message: BusMessage,
  change: (head: Record<string, unknown>) => object,
): BusMessage {
  return { ...message, head: JSON.stringify(change(JSON.parse(message.head))) }
}

/** The message that was delivered. */
export function messageOf({ head = "{}", body }: Delivery): BusMessage {
  const { id, type, category, stream, tenant = "" } = JSON.parse(head) as Record<string, string>
  const key = { tenant, category: `${category}`, id: `${stream}` }
  return {
    slot: slotOf(key),
    key: key.id,
    eventId: `${id}`,
    type: `${type}`,
    category: key.category,
    head,
    body,
  }
}
