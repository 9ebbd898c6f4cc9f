import { basename, dirname, join, relative, sep } from "node:path"
import { anchorsOf } from "../links/anchors.ts"
import { entryPoints, repositoryRoot } from "../repository.ts"
import { generatedMark } from "../samples/read-samples.ts"
import { readDoc } from "./read-doc.ts"
import { type PublicExport, readExports } from "./read-exports.ts"

/** Headings for source folders, in the order of a page; other folders follow under their own names. */
const headings = new Map([
  ["events", "Event types and events"],
  ["streams", "Streams"],
  ["store", "Stores"],
  ["memory", "Memory"],
  ["deciders", "Deciders"],
  ["aggregates", "Aggregates"],
  ["repository", "Repository"],
  ["decision-models", "Decision models"],
  ["projections", "Projections"],
  ["codecs", "Codecs"],
  ["context", "Context"],
  ["ids", "Ids"],
  ["clock", "Time"],
  ["ports", "Ports"],
  ["bus", "Bus"],
  ["errors", "Errors"],
  ["scenario", "Given, when, then"],
  ["fixtures", "Fixtures and ids"],
  ["conformance", "Conformance"],
  ["model", "Conformance to a model"],
])

export interface ReferencePage {
  /** From the root, with forward slashes. */
  readonly path: string
  readonly text: string
}

/** The reference of one published package, made of its entry points' doc comments. */
export function referencePage(folder: string): ReferencePage {
  const source = join(repositoryRoot, "packages", folder, "src")
  const sections = entryPoints(folder).flatMap(({ specifier, file }, index) =>
    index === 0 ? readSections(source, file) : [{ heading: specifier, exports: readExports(file) }],
  )
  const title = `@annals/${folder}`
  const exports = sections.flatMap(({ exports }) => exports)
  const headings = [
    title,
    ...sections.flatMap(({ heading, exports }) => [heading, ...exports.map(({ name }) => name)]),
  ]
  const anchorList = anchorsOf(headings)
  const anchors = new Map(headings.map((heading, index) => [heading, anchorList[index] ?? ""]))
  const link = (name: string) => `[\`${name}\`](#${anchors.get(name)})`
  const known = new Set(exports.map(({ name }) => name))
  const linkNames = (text: string) =>
    text.replaceAll(inlineLink, (_all, target: string) => {
      const [name = ""] = target.split(".")
      return known.has(name) ? `[\`${target}\`](#${anchors.get(name)})` : `\`${target}\``
    })
  const text = [
    `${generatedMark} from the doc comments by \`pnpm --filter @annals/docs reference\`: change those. -->`,
    `# ${title}\n`,
    ...sections.map(
      ({ heading, exports }) => `- ${heading}: ${exports.map(({ name }) => link(name)).join(", ")}`,
    ),
    ...sections.flatMap(({ heading, exports }) => [
      `\n## ${heading}`,
      ...exports.map((each) => entry(each, linkNames)),
    ]),
  ].join("\n")
  return { path: `docs/reference/${folder}.md`, text: `${text.trimEnd()}\n` }
}

interface Section {
  readonly heading: string
  readonly exports: readonly PublicExport[]
}

/** Those of the main entry point: one for each folder of the source. */
function readSections(source: string, entryFile: string): readonly Section[] {
  const exports = readExports(entryFile)
  const bySection = Map.groupBy(exports, ({ file }) => sectionOf(source, file))
  const order = [...headings.keys()]
  const rank = (section: string) => (order.includes(section) ? order.indexOf(section) : order.length)
  return [...bySection]
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map(([section, found]) => ({ heading: headingOf(section), exports: found }))
}

function sectionOf(source: string, file: string): string {
  const folder = relative(source, dirname(file)).split(sep)[0] ?? ""
  return folder === "" ? "package" : folder
}

function headingOf(section: string): string {
  const words = section.replaceAll("-", " ")
  return headings.get(section) ?? words.charAt(0).toUpperCase() + words.slice(1)
}

function entry({ name, doc, signature, file }: PublicExport, linkNames: (text: string) => string): string {
  const { description, examples } = readDoc(doc)
  const source = relative(join(repositoryRoot, "docs", "reference"), file)
    .split(sep)
    .join("/")
  const parts = [
    "",
    `### ${name}`,
    ...(description === "" ? [] : ["", linkNames(description)]),
    "",
    fence(withoutLinks(signature)),
    ...examples.flatMap((example) => ["", "Example:", "", fence(example)]),
    "",
    `[${basename(file)}](${source})`,
  ]
  return parts.join("\n")
}

function fence(code: string): string {
  return `\`\`\`ts\n${code}\n\`\`\``
}

const inlineLink = /\{@link ([\w.]+)\}/g

function withoutLinks(text: string): string {
  return text.replaceAll(inlineLink, "`$1`")
}
