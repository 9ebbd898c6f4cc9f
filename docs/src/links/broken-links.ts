import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { type Page, repositoryRoot } from "../repository.ts"
import { anchorsOf, headingsOf, withoutFences } from "./anchors.ts"

const link = /\[[^\]]*\]\(([^)\s]+)\)/g
const outside = /^[a-z]+:/

/** The relative links of a page that lead nowhere, each as `page:line: target`. Links to other sites are left to readers. */
export function brokenLinks({ path, text }: Page): readonly string[] {
  return withoutFences(text).flatMap(({ line, number }) =>
    [...line.matchAll(link)]
      .map(([, target = ""]) => target)
      .filter((target) => !outside.test(target) && !leadsSomewhere(path, text, target))
      .map((target) => `${path}:${number}: ${target}`),
  )
}

function leadsSomewhere(path: string, text: string, target: string): boolean {
  const [file = "", anchor] = target.split("#")
  const there = join(repositoryRoot, dirname(path), file)
  if (file !== "" && !existsSync(there)) return false
  if (anchor === undefined || (file !== "" && !file.endsWith(".md"))) return true
  const page = file === "" ? text : readFileSync(there, "utf8")
  return anchorsOf(headingsOf(page)).includes(anchor)
}
