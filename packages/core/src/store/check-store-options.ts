import { AnnalsError } from "../errors/annals-error.ts"
import { checkEventSet, checkReadPolicy } from "./check-read.ts"
import type { StoreOptions } from "./store-options.ts"

/** Refuses, when a store is made, what would fail at its first use or never: for callers without a compiler. Throws `INVALID_OPTION`. */
export function checkStoreOptions(options: StoreOptions): void {
  checkEventSet(options.events)
  checkReadPolicy(options.unreadable)
  if (options.codecs !== undefined) checkCodecs(options.codecs)
  checkMethods("serializer", options.serializer, ["serialize", "deserialize"])
  checkMethods("clock", options.clock, ["now", "sleep"])
  checkMethods("logger", options.logger, ["debug", "info", "warn", "error"])
  checkMethods("observer", options.observer, ["around", "record"])
  if (options.generateId !== undefined && typeof options.generateId !== "function") {
    throw invalid("generateId", "must be a function that returns a UUID")
  }
}

function checkCodecs(codecs: StoreOptions["codecs"] & {}): void {
  if (!Array.isArray(codecs)) throw invalid("codecs", "must be an array of codecs")
  codecs.forEach((codec, index) => {
    checkMethods(`codecs[${index}]`, codec ?? {}, ["encode", "decode"])
  })
}

function checkMethods(path: string, value: object | undefined, methods: readonly string[]): void {
  if (value === undefined) return
  const missing = methods.find(
    (method) => typeof (value as Record<string, unknown> | null)?.[method] !== "function",
  )
  if (missing !== undefined) throw invalid(path, `must have a method ${missing}`)
}

function invalid(path: string, why: string): AnnalsError {
  return new AnnalsError("INVALID_OPTION", `${path} ${why}`, { path })
}
