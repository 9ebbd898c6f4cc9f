import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))
const page = readFileSync(new URL("../README.md", import.meta.url), "utf8")
const [, shown] = /```text\n(.*?)```/s.exec(page) ?? []

it("prints what its page shows", { timeout: 60_000 }, () => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", main],
    {
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined },
    },
  )
  expect(stderr).toBe("")
  expect(stdout).toBe(shown)
  expect(status).toBe(0)
})
