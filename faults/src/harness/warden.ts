// Watches over a stopped process, which can't notice by itself that the run is gone that stopped it, and ends it then.
import process from "node:process"

const stopped = Number(process.argv[2])

const endStopped = () => process.kill(stopped, "SIGKILL")
process.once("disconnect", endStopped)
// Where the run is killed while this process starts, the channel closes before anybody listens.
if (!process.connected) endStopped()
// Ctrl-C goes to all processes of a terminal: the run that started this one ends them in order.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {})
