/** What a writer does in a transaction of its caller: `append` brings so many events. */
export type WriterStep = { readonly append: 1 | 2 } | "commit" | "roll back"

/** The steps of a transaction, in order. */
export type Program = readonly WriterStep[]

/** Up to two events, in one append or in two, committed or rolled back. */
export const programs: readonly Program[] = [
  [{ append: 1 }, "commit"],
  [{ append: 1 }, "roll back"],
  [{ append: 2 }, "commit"],
  [{ append: 2 }, "roll back"],
  [{ append: 1 }, { append: 1 }, "commit"],
  [{ append: 1 }, { append: 1 }, "roll back"],
]

/** Writers with their programs, and whose step comes when: entries of `order` are indexes of `programs`. */
export interface Schedule {
  readonly programs: readonly Program[]
  readonly order: readonly number[]
}

/** Every order of the steps of two writers, for every two programs. */
export function allSchedules(): Schedule[] {
  return programs.flatMap((first) =>
    programs.flatMap((second) =>
      ordersOf(first.length, second.length).map((order) => ({ programs: [first, second], order })),
    ),
  )
}

function ordersOf(first: number, second: number): number[][] {
  if (first === 0) return [Array<number>(second).fill(1)]
  if (second === 0) return [Array<number>(first).fill(0)]
  return [
    ...ordersOf(first - 1, second).map((rest) => [0, ...rest]),
    ...ordersOf(first, second - 1).map((rest) => [1, ...rest]),
  ]
}

/** Where all append to one stream, whoever has appended keeps the others from it: the schedules in which nobody has to act while it waits. */
export function isPossibleInOneStream(schedule: Schedule): boolean {
  const done = schedule.programs.map(() => 0)
  let holder: number | undefined
  const waiting = new Set<number>()
  for (const writer of schedule.order) {
    const step = schedule.programs[writer]?.[done[writer] ?? 0]
    if (waiting.has(writer)) return false
    if (typeof step === "object" && holder !== undefined && holder !== writer) waiting.add(writer)
    else if (typeof step === "object") holder = writer
    else {
      const next: number | undefined = [...waiting][0]
      waiting.clear()
      holder = next
    }
    done[writer] = (done[writer] ?? 0) + 1
  }
  return true
}

export function describeSchedule({ programs, order }: Schedule): string {
  const done = programs.map(() => 0)
  return order
    .map((writer) => {
      const step = programs[writer]?.[done[writer] ?? 0]
      done[writer] = (done[writer] ?? 0) + 1
      return `${"ABC"[writer]} ${typeof step === "object" ? `appends ${step.append}` : `${step}s`}`
    })
    .join(", ")
}
