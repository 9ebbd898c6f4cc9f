import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { type Comment, type Program, parseSync, type Statement } from "oxc-parser"
import { withoutStars } from "./read-examples.ts"

/** A name that users can import, with the declaration behind it. */
export interface PublicExport {
  readonly name: string
  /** Absolute. */
  readonly file: string
  /** Of the declaration, from 1. */
  readonly line: number
  /** What the declaration's doc comment says, without its stars; `""` where there is none. */
  readonly doc: string
  /** The declaration, as a reader needs it: no bodies, no private members. */
  readonly signature: string
}

interface ParsedFile {
  readonly file: string
  readonly source: string
  readonly program: Program
  readonly comments: readonly Comment[]
}

/**
 * Everything that an entry point exports, in alphabetical order. Knows what our own entry points use: lists of named exports, and declarations.
 */
export function readExports(entryFile: string): readonly PublicExport[] {
  const exports: PublicExport[] = []
  for (const statement of parse(entryFile).program.body) {
    if (statement.type !== "ExportNamedDeclaration") continue
    if (statement.source === null) {
      const name = declaredName(statement)
      if (name !== undefined) exports.push(readDeclaration(parse(entryFile), name, name))
      continue
    }
    const file = join(dirname(entryFile), statement.source.value)
    for (const { local, exported } of statement.specifiers) {
      exports.push(readDeclaration(parse(file), nameOf(local), nameOf(exported)))
    }
  }
  return exports.sort((a, b) => a.name.localeCompare(b.name, "en"))
}

const parsedFiles = new Map<string, ParsedFile>()

function parse(file: string): ParsedFile {
  const known = parsedFiles.get(file)
  if (known) return known
  const source = readFileSync(file, "utf8")
  const { program, comments, errors } = parseSync(file, source)
  const [error] = errors
  if (error) throw new Error(`${file}: ${error.message}`)
  const parsed = { file, source, program, comments }
  parsedFiles.set(file, parsed)
  return parsed
}

function nameOf(node: { readonly type: string; readonly name?: string; readonly value?: string }): string {
  return node.name ?? node.value ?? ""
}

/** A declaration; an overloaded function has several. */
function readDeclaration(parsed: ParsedFile, localName: string, name: string): PublicExport {
  const { file, source, program } = parsed
  const found = program.body.filter((statement) => declaredName(statement) === localName)
  const [first] = found
  if (first === undefined) throw new Error(`${file} declares no ${localName}`)
  const signatures = found.map((statement) => signatureOf(parsed, statement))
  // Of an overloaded function the implementation's own signature can't be called.
  const visible = signatures.length > 1 ? signatures.slice(0, -1) : signatures
  return {
    name,
    file,
    line: source.slice(0, first.start).split("\n").length,
    doc: docBefore(parsed, first.start),
    signature: visible.join("\n"),
  }
}

function declarationIn(statement: Statement) {
  return statement.type === "ExportNamedDeclaration" ? statement.declaration : undefined
}

function declaredName(statement: Statement): string | undefined {
  const declaration = declarationIn(statement)
  if (declaration === null || declaration === undefined) return undefined
  if (declaration.type === "VariableDeclaration") {
    const id = declaration.declarations[0]?.id
    return id?.type === "Identifier" ? id.name : undefined
  }
  return "id" in declaration && declaration.id?.type === "Identifier" ? declaration.id.name : undefined
}

/** The text of the doc comment that ends right before `start`. */
function docBefore({ source, comments }: ParsedFile, start: number): string {
  const comment = comments.findLast(({ type, end }) => type === "Block" && end <= start)
  if (comment === undefined || !comment.value.startsWith("*")) return ""
  const between = source.slice(comment.end, start).replaceAll(/^\s*\/\/ biome-ignore.*$/gm, "")
  if (between.trim() !== "") return ""
  return withoutStars(comment.value)
}

function signatureOf(parsed: ParsedFile, statement: Statement): string {
  const { source } = parsed
  const declaration = declarationIn(statement)
  if (!declaration) throw new Error(`${parsed.file}: no declaration`)
  const upTo = (end: number) => source.slice(declaration.start, end).trim()
  switch (declaration.type) {
    case "FunctionDeclaration":
    case "TSDeclareFunction":
      return upTo(declaration.body?.start ?? declaration.end)
    case "VariableDeclaration":
      return constantSignature(source, upTo(declaration.end), declaration.declarations[0])
    case "ClassDeclaration":
      return `${upTo(declaration.body.start)} {\n${classMembers(parsed, declaration.body.body).join("\n")}\n}`
    default:
      return upTo(declaration.end)
  }
}

interface Spanned {
  readonly start: number
  readonly end: number
}

interface Declarator {
  readonly id: Spanned
  readonly init: (Spanned & { readonly type: string; readonly body?: Spanned | null }) | null
}

/** A constant's type where it has one, the head of a function, or a literal as it is. */
function constantSignature(source: string, whole: string, declarator: Declarator | undefined): string {
  if (!declarator?.init) return whole
  const annotated = source.slice(declarator.id.start, declarator.id.end)
  if (annotated.includes(":")) return `const ${annotated}`
  if (declarator.init.type === "ArrowFunctionExpression" && declarator.init.body) {
    return `const ${source.slice(declarator.id.start, declarator.init.body.start).trim()}`
  }
  return whole
}

interface ClassMember extends Spanned {
  readonly type: string
  readonly accessibility?: string | null
  readonly key?: { readonly type: string }
  readonly value?: (Spanned & { readonly type: string; readonly body?: Spanned | null }) | null
}

function classMembers(parsed: ParsedFile, members: readonly unknown[]): readonly string[] {
  return (members as readonly ClassMember[])
    .filter(({ key, accessibility }) => key?.type !== "PrivateIdentifier" && accessibility !== "private")
    .filter(({ type }) => type !== "StaticBlock")
    .map((member) => {
      const end = member.value?.body?.start ?? member.end
      const text = parsed.source.slice(member.start, end).trim()
      const doc = docBefore(parsed, member.start)
      const comment = doc === "" ? "" : `  /** ${doc.replaceAll("\n", "\n   * ")} */\n`
      return `${comment}  ${text.replace(/^declare /, "")}`
    })
}
