// Watches over a stopped process, which can't notice by itself that the run is gone that stopped it, and ends it then.
import process from "node:process"

const stopped = Number(process.argv[2])

process.once("disconnect", () => process.kill(stopped, "SIGKILL"))
// Ctrl-C goes to all processes of a terminal: the run that started this one ends them in order.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {})
