import type { Page } from "../repository.ts"
import { layOver } from "./lay-over.ts"
import { type Fence, readFences } from "./read-fences.ts"

/** A stretch of code, as it stands on its page. */
interface SamplePart {
  /** Of its first line on the page, from 1. */
  readonly line: number
  readonly code: string
  /** What it must print, where the page says so. */
  readonly output?: string
}

/**
 * A program that a page shows, in one or more parts:
 *
 * - ` ```ts ` begins a program;
 * - ` ```ts compiled ` begins one that Node can't run as it is written, such as one with decorators;
 * - ` ```ts continue ` continues the one before it on the page;
 * - ` ```ts error "message" ` continues it with code that must not compile, and is no part of what follows;
 * - ` ```ts instead ` is the program before it once more, with these lines in place of those that declare the same;
 * - ` ```text output ` is what the part above it prints.
 */
export interface Sample {
  readonly page: string
  readonly parts: readonly SamplePart[]
  /** To be run as the compiler's output. */
  readonly compiled?: boolean
  /** The last part must not compile, and the compiler must say this. */
  readonly compileError?: string
}

/** Begins a page on which TypeScript is shown, not run: one that is generated from sources which are checked themselves. */
export const generatedMark = "<!-- Generated"

/** The samples of a page. Throws for an info string that nothing defines, so that none is left out by a typing error. */
export function readSamples({ path, text }: Page): readonly Sample[] {
  if (text.startsWith(generatedMark)) return []
  const programs: { page: string; parts: SamplePart[]; compiled?: boolean }[] = []
  const failing: Sample[] = []
  const variants: Sample[] = []
  for (const fence of readFences(text)) {
    const { language, info, line, content: code } = fence
    const parts = programs.at(-1)?.parts
    if (language === "text" && info === "output") addOutput(parts, fence, path)
    if (language !== "ts") continue
    const [, message] = /^error "(.+)"$/.exec(info) ?? []
    if (info === "") programs.push({ page: path, parts: [{ line, code }] })
    else if (info === "compiled") programs.push({ page: path, parts: [{ line, code }], compiled: true })
    else if (info === "continue" && parts) parts.push({ line, code })
    else if (info === "instead" && parts) variants.push({ page: path, parts: variantOf(parts, fence) })
    else if (message !== undefined)
      failing.push({ page: path, parts: [...(parts ?? []), { line, code }], compileError: message })
    else throw new Error(`${path}:${line - 1}: what is "ts ${info}"?`)
  }
  return [...programs, ...variants, ...failing]
}

/** Its lines are told to stand where the fence stands: that is what tells it from the program above. */
function variantOf(parts: readonly SamplePart[], { content, line }: Fence): SamplePart[] {
  const codes = layOver(
    parts.map(({ code }) => code),
    content,
  )
  return parts.map((part, index) => ({ ...part, line, code: codes[index] ?? part.code }))
}

function addOutput(program: SamplePart[] | undefined, { content, line }: Fence, path: string): void {
  const last = program?.pop()
  if (program === undefined || last === undefined || last.output !== undefined) {
    throw new Error(`${path}:${line - 1}: nothing above prints this output`)
  }
  program.push({ ...last, output: content })
}

/** Where a sample stands: what test names and messages show. */
export function locationOf({ page, parts, compileError }: Sample): string {
  const line = (compileError === undefined ? parts[0] : parts.at(-1))?.line ?? 1
  return `${page}:${line}`
}
