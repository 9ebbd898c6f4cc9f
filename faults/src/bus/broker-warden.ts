// Watches over the broker of a run, which can't notice by itself that the run is gone, and removes it then.
import process from "node:process"
import { createServices } from "@annals/services"
import type { Broker } from "./open-bus.ts"

const [broker, folder] = process.argv.slice(2) as [Broker, string]
const services = createServices({ folder, environment: {} })

const removeBroker = async () => {
  await services.removeServices([broker])
  process.exit()
}
process.once("disconnect", removeBroker)
// Where the run is killed while this process starts, the channel closes before anybody listens.
if (!process.connected) void removeBroker()
// Ctrl-C goes to all processes of a terminal: the run that started this one ends them in order.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {})
