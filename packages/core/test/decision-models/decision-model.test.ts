import {
  createMemoryStore,
  defineCategory,
  defineEvent,
  defineProjection,
  type EventStore,
  isAnnalsError,
  readDecisionModel,
  tagged,
  type,
} from "@annals/core"
import { describe, expect, it } from "vitest"

interface Enrolment {
  readonly course: string
  readonly student: string
}

const planned = defineEvent("planned", type<{ readonly course: string; readonly seats: number }>(), {
  tags: ({ course }) => [`course:${course}`],
})
const enrolled = defineEvent("enrolled", type<Enrolment>(), {
  tags: ({ course, student }) => [`course:${course}`, `student:${student}`],
})
const courses = defineCategory("course", [planned, enrolled])

const freeSeats = defineProjection("free-seats", {
  events: [planned, enrolled],
  initial: () => 0,
  on: { planned: (seats, { data }) => seats + data.seats, enrolled: (seats) => seats - 1 },
})
const coursesTaken = defineProjection("courses-taken", {
  events: [enrolled],
  initial: () => 0,
  on: { enrolled: (count) => count + 1 },
})

const plan = (store: EventStore<unknown>, course: string, seats: number) =>
  store.append(courses.stream(course), [planned({ course, seats })])

const read = (store: EventStore<unknown>, { course, student }: Enrolment) =>
  readDecisionModel(store, {
    seats: tagged(freeSeats, `course:${course}`),
    taken: tagged(coursesTaken, `student:${student}`),
  })

async function enrol(store: EventStore<unknown>, enrolment: Enrolment): Promise<"enrolled" | "refused"> {
  while (true) {
    const { state, condition } = await read(store, enrolment)
    if (state.seats <= 0 || state.taken >= 2) return "refused"
    try {
      await store.append(courses.stream(enrolment.course), [enrolled(enrolment)], { condition })
      return "enrolled"
    } catch (error) {
      if (!isAnnalsError(error, "CONDITION_FAILED")) throw error
    }
  }
}

describe("a decision model", () => {
  it("gives the state of every projection, each of its own tags", async () => {
    await using store = createMemoryStore()
    await plan(store, "maths", 3)
    await plan(store, "music", 5)
    await enrol(store, { course: "maths", student: "ann" })
    await enrol(store, { course: "music", student: "bob" })
    const { state } = await read(store, { course: "maths", student: "ann" })
    expect(state).toEqual({ seats: 2, taken: 1 })
  })

  it("gives a condition that fails when something was recorded that it looked at", async () => {
    await using store = createMemoryStore()
    await plan(store, "maths", 3)
    const enrolment = { course: "maths", student: "ann" }
    const { condition } = await read(store, enrolment)
    await enrol(store, { course: "maths", student: "bob" })
    const append = store.append(courses.stream("maths"), [enrolled(enrolment)], { condition })
    await expect(append).rejects.toMatchObject({ code: "CONDITION_FAILED" })
  })

  it("isn't disturbed by what it didn't look at", async () => {
    await using store = createMemoryStore()
    await plan(store, "maths", 3)
    await plan(store, "music", 3)
    const enrolment = { course: "maths", student: "ann" }
    const { condition } = await read(store, enrolment)
    await enrol(store, { course: "music", student: "bob" })
    await store.append(courses.stream("maths"), [enrolled(enrolment)], { condition })
    expect((await read(store, enrolment)).state).toEqual({ seats: 2, taken: 1 })
  })

  it("never gives out more than there is, however many decide at once", async () => {
    await using store = createMemoryStore()
    await plan(store, "maths", 5)
    const students = Array.from({ length: 20 }, (_, index) => `student-${index}`)
    const answers = await Promise.all(students.map((student) => enrol(store, { course: "maths", student })))
    expect(answers.filter((answer) => answer === "enrolled")).toHaveLength(5)
    expect((await read(store, { course: "maths", student: "x" })).state.seats).toBe(0)
  })

  it("takes its bound before the events, and folds none above it", async () => {
    await using store = createMemoryStore()
    await plan(store, "maths", 5)
    const late = { course: "maths", student: "late" }
    // Another writer is faster, between the bound and the read.
    const slow: typeof store = {
      ...store,
      head: async () => {
        const head = await store.head()
        await store.append(courses.stream("maths"), [enrolled(late)])
        return head
      },
    }
    const { state, condition } = await read(slow, late)
    expect(state).toEqual({ seats: 5, taken: 0 })
    const append = store.append(courses.stream("maths"), [enrolled(late)], { condition })
    await expect(append).rejects.toMatchObject({ code: "CONDITION_FAILED" })
  })

  it("looks at nothing but its own tenant", async () => {
    await using store = createMemoryStore()
    await plan(store.forTenant("acme"), "maths", 5)
    await plan(store, "maths", 1)
    expect((await read(store, { course: "maths", student: "ann" })).state.seats).toBe(1)
    expect((await read(store.forTenant("acme"), { course: "maths", student: "ann" })).state.seats).toBe(5)
  })

  it("needs something to look at", async () => {
    await expect(readDecisionModel(createMemoryStore(), {})).rejects.toMatchObject({ code: "INVALID_OPTION" })
  })
})
