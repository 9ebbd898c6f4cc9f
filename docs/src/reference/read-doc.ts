/** A doc comment, taken apart. */
export interface Doc {
  readonly description: string
  /** The code of each `@example`. */
  readonly examples: readonly string[]
}

/** Takes a doc comment's text apart. Throws for a tag other than `@example`, which the reference wouldn't show. */
export function readDoc(text: string): Doc {
  const [description = "", ...sections] = text.split(/^@(?=\w+(?:\s|$))/m)
  const examples = sections.map((section) => {
    const [, tag, body = ""] = /^(\w+)\s*([\s\S]*)$/.exec(section) ?? []
    if (tag !== "example") throw new Error(`what should the reference do with @${tag}?`)
    return body
      .replace(/^```ts\n/, "")
      .replace(/\n```$/, "")
      .trimEnd()
  })
  return { description: description.trim(), examples }
}
