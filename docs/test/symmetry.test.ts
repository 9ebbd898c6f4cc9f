import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { publishedFolders, readPage, repositoryRoot } from "../src/repository.ts"

const pages = ["README.md", "docs/README.md", "docs/installation.md"]

describe.each(publishedFolders())("the package %s", (folder) => {
  it.each(["README.md", "CHANGELOG.md", "src/index.ts", "test"])("has its %s", (name) => {
    expect(existsSync(join(repositoryRoot, "packages", folder, name))).toBe(true)
  })

  it.each(pages)("stands on %s", (page) => {
    expect(readPage(page).text).toContain(`@annals/${folder}`)
  })

  it("is named by its own README, which links to the docs", () => {
    const { text } = readPage(`packages/${folder}/README.md`)
    expect(text).toContain(`# @annals/${folder}`)
    expect(text).toContain("../../docs/")
  })
})

it("every decision is listed on the decisions' page", () => {
  const listed = readPage("docs/adr/README.md").text
  const decisions = readdirSync(join(repositoryRoot, "docs", "adr")).filter((name) => /^\d{4}-/.test(name))
  expect(decisions.filter((name) => !listed.includes(`(${name})`))).toEqual([])
})
