import { execFile } from "node:child_process"
import { randomUUID } from "node:crypto"
import { promisify } from "node:util"
import { usingService } from "@annals/services"
import { describe, expect, it } from "vitest"
import { clients } from "./clients.ts"
import { brokersAt, openConnection, removeTopics } from "./create-subject.ts"

const run = promisify(execFile)

usingService("kafka", (url) => {
  describe("a process", () => {
    it.concurrent.each(clients.map(({ name }) => name))(
      "with a bus by %s says nothing of its own, and ends",
      async (name) => {
        const [brokers, topic] = [brokersAt(url), `quiet-${randomUUID()}`]
        const program = new URL("./processes/use-a-bus.ts", import.meta.url).pathname
        const { stdout, stderr } = await run(process.execPath, [program, name, topic, ...brokers])
        expect(stderr).toBe("")
        expect(stdout).toBe("done\n")
        for (const client of clients.slice(0, 1)) {
          const connection = openConnection(client, brokers)
          await removeTopics(connection, topic)
          await connection.close()
        }
      },
    )

    it("can import the bus where @platformatic/kafka isn't installed", async () => {
      const hooks = `import { registerHooks } from "node:module"
        registerHooks({ resolve(name, context, next) {
          if (name.startsWith("@platformatic/")) throw new Error("not installed")
          return next(name, context)
        } })
        const { createKafkaBus } = await import("@annals/bus-kafka")
        console.log(createKafkaBus({ brokers: ["127.0.0.1:1"] }).name)`
      const { stdout } = await run(process.execPath, ["--input-type=module", "-e", hooks], {
        cwd: import.meta.dirname,
      })
      expect(stdout).toBe("kafka\n")
    })
  })
})
