import { describe, expect, it } from "vitest"
import { referencePage } from "../src/reference/reference-page.ts"
import { publishedFolders, readPage } from "../src/repository.ts"

describe("the reference is what the doc comments say now", () => {
  it.each(publishedFolders())("%s", (folder) => {
    const { path, text } = referencePage(folder)
    expect(readPage(path).text, "run: pnpm --filter @annals/docs reference").toBe(text)
  })
})
