import { backgroundClock } from "../../src/wake-ups/pause.ts"
import { openHandle } from "./open-handle.ts"

// Listens, says so, and then has nothing to do but to wait for wake-ups: the process must end by itself.
const [url = "", schema = ""] = process.argv.slice(2)
const handle = openHandle({ url, schema, clock: backgroundClock })
handle.wakeUps.listen(() => {})
await handle.settled()
process.stdout.write("listening")
