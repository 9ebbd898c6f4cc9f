import { usingService } from "@annals/services"
import { describe, expect, it } from "vitest"
import { readPages } from "../src/repository.ts"
import { compileSamples } from "../src/samples/compile-samples.ts"
import { locationOf, readSamples } from "../src/samples/read-samples.ts"
import { runSample, type SampleRun } from "../src/samples/run-sample.ts"
import { type SampleFile, writeSampleFiles } from "../src/samples/sample-files.ts"
import { sampleServices, serviceOf } from "../src/samples/sample-service.ts"

const files = writeSampleFiles("samples", readPages().flatMap(readSamples))
const diagnosticsOf = compileSamples(files)
const programs = files.filter(({ sample }) => sample.compileError === undefined)
const failing = files.filter(({ sample }) => sample.compileError !== undefined)

describe("every sample in the documentation compiles", () => {
  it.each(programs.map((file) => ({ where: locationOf(file.sample), ...file })))("$where", (program) => {
    const messages = (diagnosticsOf.get(program.file) ?? []).map(
      ({ line, message }) => `${program.sample.page}:${program.pageLines[line - 1] ?? "?"}: ${message}`,
    )
    expect(messages).toEqual([])
  })
})

describe("what a page says doesn't compile is refused, with that message", () => {
  it.each(failing.map((file) => ({ where: locationOf(file.sample), ...file })))("$where", (program) => {
    const from = program.errorsFrom ?? 1
    const messages = (diagnosticsOf.get(program.file) ?? [])
      .filter(({ line }) => line >= from)
      .map(({ message }) => message)
    expect(messages.join("\n")).toContain(program.sample.compileError)
  })
})

describe("every sample in the documentation runs, and prints what its page says", () => {
  const runs = programs.map((file) => ({ where: locationOf(file.sample), ...file }))
  it.concurrent.each(runs.filter(({ sample }) => serviceOf(sample) === undefined))(
    "$where",
    { timeout: 60_000 },
    async (program) => {
      expectRun(program, await runSample(program))
    },
  )

  for (const service of sampleServices) {
    const onService = runs.filter(({ sample }) => serviceOf(sample) === service)
    usingService(service.name, (url) => {
      it.concurrent.each(onService)("$where", { timeout: 60_000 }, async (program) => {
        expectRun(
          program,
          await service.lend(url, program.sample, (environment) => runSample(program, environment)),
        )
      })
    })
  }
})

function expectRun({ sample }: SampleFile, { exitCode, outputs, errors }: SampleRun): void {
  expect(errors).toBe("")
  expect(exitCode, outputs.join("\n")).toBe(0)
  for (const [index, { output }] of sample.parts.entries()) {
    if (output !== undefined) expect(outputs[index]).toBe(output.trim())
  }
}
