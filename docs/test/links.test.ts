import { expect, it } from "vitest"
import { anchorsOf, headingsOf } from "../src/links/anchors.ts"
import { brokenLinks } from "../src/links/broken-links.ts"
import { readPages } from "../src/repository.ts"

it("every relative link in the documentation leads to a file, and to a heading where it names one", () => {
  expect(readPages().flatMap(brokenLinks)).toEqual([])
})

it("a link to a file or heading that isn't there is reported with its line", () => {
  const text = "# One\n\n[a](#one) [b](#two)\n[c](nowhere.md) [d](https://example.com/nowhere)"
  expect(brokenLinks({ path: "docs/page.md", text })).toEqual([
    "docs/page.md:3: #two",
    "docs/page.md:4: nowhere.md",
  ])
})

it("headings get GitHub's anchors, numbered where they come again", () => {
  const text = "# What's new?\n```sh\n# no heading\n```\n## StreamId\n## streamId"
  expect(anchorsOf(headingsOf(text))).toEqual(["whats-new", "streamid", "streamid-1"])
})
