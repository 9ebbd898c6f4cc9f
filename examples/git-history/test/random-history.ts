import type { TestRepository } from "./test-repository.ts"

/** A number below `limit`; the same seed gives the same numbers. */
type Dice = (limit: number) => number

function createDice(seed: number): Dice {
  let state = seed
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}

type Tree = ReadonlyMap<string, string>

interface Commit {
  readonly mark: number
  readonly tree: Tree
}

const people = ["Ada", "Bob", "Zoë"]
const folders = ["", "src/", "src/deep/", "docs/"]

/**
 * Fills a repository with a history of lines that fork, rename, delete, bring back and merge, where a merge takes any mixture of what its
 * parents have: also what no sensible person would commit.
 */
export function fillWithRandomHistory(repository: TestRepository, seed: number, commits: number): void {
  const dice = createDice(seed)
  const stream: string[] = []
  const tips: Commit[] = []
  let time = Date.UTC(2024, 0, 1) / 1000

  const record = (parents: readonly Commit[], tree: Tree): Commit => {
    const mark = ++made
    time += dice(3 * 24 * 60 * 60)
    stream.push(commitText(mark, people[dice(people.length)] as string, time, parents, tree))
    return { mark, tree }
  }
  let made = 0
  tips.push(record([], new Map([["a.txt", content(dice, 1)]])))
  while (made < commits - 1) {
    const index = dice(tips.length)
    const tip = tips[index] as Commit
    const other = tips[dice(tips.length)] as Commit
    if (other !== tip && dice(3) === 0) {
      tips[index] = record([tip, other], mix(dice, tip.tree, other.tree))
      if (dice(2) === 0) tips.splice(tips.indexOf(other), 1)
    } else {
      const next = record([tip], change(dice, tip.tree, made))
      if (tips.length < 4 && dice(5) === 0) tips.push(next)
      else tips[index] = next
    }
  }
  const [first, ...others] = tips as [Commit, ...Commit[]]
  record([first, ...others], first.tree)
  repository.run(["fast-import", "--quiet", "--force"], { input: stream.join("") })
  repository.git("reset", "--hard", "--quiet", "main")
}

function change(dice: Dice, tree: Tree, number: number): Tree {
  const next = new Map(tree)
  for (let left = dice(4); left > 0; left--) {
    const paths = [...next.keys()]
    const path = paths[dice(paths.length)]
    const fresh = `${folders[dice(folders.length)]}${"abcdefgh"[dice(8)]}${dice(3)}.txt`
    const roll = dice(6)
    if (path === undefined || roll === 0) next.set(fresh, content(dice, number))
    else if (roll === 1) next.delete(path)
    else if (roll === 2 && !next.has(fresh)) {
      next.set(fresh, next.get(path) as string)
      next.delete(path)
    } else next.set(path, `${next.get(path)}more ${number} ${dice(1000)}\n`)
  }
  return next
}

/** For each path what one of the two has, or neither. */
function mix(dice: Dice, ours: Tree, theirs: Tree): Tree {
  const next = new Map<string, string>()
  for (const path of [...new Set([...ours.keys(), ...theirs.keys()])].sort()) {
    const taken = [ours, theirs, ours, theirs, new Map<string, string>()][dice(5)]?.get(path)
    if (taken !== undefined) next.set(path, taken)
  }
  return next
}

function content(dice: Dice, number: number): string {
  return Array.from({ length: 3 + dice(10) }, (_, line) => `line ${line} ${dice(3)} ${number}\n`).join("")
}

function commitText(
  mark: number,
  name: string,
  time: number,
  parents: readonly Commit[],
  tree: Tree,
): string {
  const [first, ...others] = parents
  const files = [...tree].map(([path, text]) => `M 100644 inline ${path}\n${data(text)}`)
  const who = `${name} <${name.length}@example.org> ${time} +0000`
  return [
    `commit refs/heads/main\nmark :${mark}\nauthor ${who}\ncommitter ${who}\n${data(`Commit ${mark}`)}`,
    ...(first ? [`from :${first.mark}\n`] : []),
    ...others.map((parent) => `merge :${parent.mark}\n`),
    "deleteall\n",
    ...files,
    "\n",
  ].join("")
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`
}
