// Watches over the server of a run, which can't notice by itself that the run is gone, and removes it then.
import process from "node:process"
import { createServices } from "@annals/services"

const services = createServices({ folder: process.argv[2] as string, environment: {} })

const removeServer = async () => {
  await services.removeServices(["postgres"])
  process.exit()
}
process.once("disconnect", removeServer)
// Where the run is killed while this process starts, the channel closes before anybody listens.
if (!process.connected) void removeServer()
// Ctrl-C goes to all processes of a terminal: the run that started this one ends them in order.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {})
