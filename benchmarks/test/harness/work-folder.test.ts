import { existsSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { expect, it } from "vitest"
import { WorkFolder } from "../../src/harness/work-folder.ts"

it("gives paths that are free, and takes everything away at the end", () => {
  const paths: string[] = []
  {
    using folder = new WorkFolder()
    paths.push(folder.newPath("a.db"), folder.newPath("a.db"))
    for (const path of paths) writeFileSync(path, "")
    folder.clear()
    expect(paths.filter(existsSync)).toEqual([])
    writeFileSync(folder.newPath("b.db"), "")
  }
  expect(new Set(paths).size).toBe(2)
  expect(existsSync(dirname(paths[0] as string))).toBe(false)
})
