import { errorCodes } from "@annals/core"
import { expect, it } from "vitest"
import { headingsOf } from "../src/links/anchors.ts"
import { readPage } from "../src/repository.ts"

const page = readPage("docs/reference/errors.md").text
const entries = page.split(/^### /m).slice(1)

it("every error code has an entry, and every entry is a code, in the same order", () => {
  const codes = headingsOf(page).filter((heading) => /^[A-Z_]+$/.test(heading))
  expect(codes).toEqual([...errorCodes])
})

it("every entry says the cause and what to do", () => {
  const incomplete = entries.filter((entry) => !/^Cause: /m.test(entry) || !/^What to do: /m.test(entry))
  expect(incomplete.map((entry) => entry.split("\n")[0])).toEqual([])
})
