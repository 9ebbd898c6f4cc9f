import { createKafkaBus } from "@annals/bus-kafka"
import { clients } from "../clients.ts"
import { eventsOf } from "../events.ts"

/** Publishes, handles, retries and leaves, as a program would. Arguments: the client, a topic, brokers. */
const [name, topic, ...brokers] = process.argv.slice(2) as [string, string, ...string[]]
const client = clients.find((each) => each.name === name)
if (client === undefined) throw new Error(`no client ${name}`)

const handled = Promise.withResolvers<void>()
let attempts = 0
{
  await using bus = createKafkaBus({ brokers, topic, client, partitions: 2, retryPartitions: 1 })
  await bus.subscribe({
    group: "g",
    order: "none",
    retry: { delayMs: 1 },
    handler: () => {
      if (++attempts < 4) throw new Error("not yet")
      if (attempts === 23) handled.resolve()
    },
  })
  for (const event of eventsOf(5, 20)) await bus.publish([event])
  await handled.promise
}
process.stdout.write("done\n")
