import { groupInUse } from "../errors.ts"
import { removeGroupScript } from "../scripts/groups.ts"
import type { Topic } from "../topic.ts"

/** Removes all that a topic has for a group. Throws `BUS_FAILED` while it has consumers. */
export async function removeGroup(topic: Topic, group: string): Promise<void> {
  for (const domain of topic.domains) {
    const keys = domain.flatMap((partition) => {
      const {
        events,
        members,
        lease,
        attempts,
        due,
        again,
        dead,
        group: settings,
        bell,
      } = topic.keys.ofGroup(partition, group)
      return [events, members, lease, attempts, due, again, dead, settings, bell]
    })
    const consumers = Number(await topic.link.script(removeGroupScript, keys, [group]))
    if (consumers > 0) throw groupInUse(group, consumers)
  }
}
