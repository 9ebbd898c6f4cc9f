import { AnnalsError, type ErrorCode, isAnnalsError } from "@annals/core"
import { ReplyError } from "ioredis"

interface Translation {
  readonly code: ErrorCode
  readonly says: string
  readonly retryable?: boolean
}

const unreachable: Translation = {
  code: "BUS_UNAVAILABLE",
  says: "the server can't be reached: check that it runs, its address and the network",
  retryable: true,
}
const notReady: Translation = {
  code: "BUS_UNAVAILABLE",
  says: "the server can't take commands now: it loads its data, or another one takes over; try again",
  retryable: true,
}
const refusedLogin: Translation = {
  code: "BUS_FAILED",
  says: "the server refuses the login: check user and password",
}

/** By the word that an error of the server begins with. */
const translations: Readonly<Record<string, Translation>> = {
  LOADING: notReady,
  MASTERDOWN: notReady,
  CLUSTERDOWN: notReady,
  TRYAGAIN: notReady,
  READONLY: notReady,
  BUSY: notReady,
  NOREPLICAS: {
    code: "BUS_UNAVAILABLE",
    says: "too few replicas are in reach for the server to accept a write (min-replicas-to-write): try again",
    retryable: true,
  },
  OOM: {
    code: "BUS_FAILED",
    says: "the server has reached maxmemory: let consumers catch up, remove groups that nobody uses any more, lower maxLength, or give it more memory",
    retryable: true,
  },
  MISCONF: {
    code: "BUS_FAILED",
    says: "the server can't save its data, and refuses writes: look at its log and its disk",
    retryable: true,
  },
  WRONGPASS: refusedLogin,
  NOAUTH: refusedLogin,
  NOPERM: { code: "BUS_FAILED", says: "this user may not do that: see the guide for the ACL" },
  WRONGTYPE: {
    code: "BUS_FAILED",
    says: "a key of the topic holds something else: choose another topic",
  },
}

/** Codes of Node for sockets and TLS. */
const socketCodes =
  /^(E[A-Z_]+|ERR_(SOCKET|STREAM|TLS|SSL|OSSL)_?\w*|CERT_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)$/
/** What ioredis says without any code. */
const connectionMessages =
  /Connection is closed|isn't writeable|isn't ready|max retries per request|[Cc]ommand aborted|Command timed out|Socket timeout|Failed to refresh slots|None of startup nodes|Cluster (is|isn't)|Too many Cluster redirections|All sentinels are unreachable|connect ETIMEDOUT/

/** Says in an `AnnalsError` what Redis or the connection to it said; passes on everything else. */
export function translateError(error: unknown): unknown {
  if (!(error instanceof Error) || isAnnalsError(error)) return error
  const translation = translationOf(error)
  if (translation === undefined) return error
  const { code, says, retryable = false } = translation
  return new AnnalsError(code, `Redis: ${says} (${firstLine(error)})`, { cause: bare(error), retryable })
}

/** Whether the server can't be reached: what was under way may have been done or not. */
export function isUnavailable(error: unknown): boolean {
  return isAnnalsError(error, "BUS_UNAVAILABLE")
}

/** Whether trying again may help. */
export function isTemporary(error: unknown): boolean {
  return isAnnalsError(error) && error.retryable
}

export function unanswered(): AnnalsError {
  return new AnnalsError(
    "BUS_UNAVAILABLE",
    "Redis: the server hasn't answered for as long as a lease lasts",
    {
      retryable: true,
    },
  )
}

export function serverTooOld(version: string): AnnalsError {
  const message = `Redis ${version} is too old: the bus needs 6.2 or newer`
  return new AnnalsError("BUS_FAILED", message, { expected: "6.2", actual: version })
}

export function partitionsDiffer(topic: string, expected: number, actual: number): AnnalsError {
  const message = `partitions is ${expected}, but topic "${topic}" has ${actual}: give the same number everywhere, or choose another topic`
  return new AnnalsError("INVALID_OPTION", message, { path: "partitions", expected, actual })
}

export function ordersDiffer(group: string, expected: string, actual: string): AnnalsError {
  const message = `order is "${expected}", but group "${group}" has "${actual}": use that, or remove the group`
  return new AnnalsError("INVALID_OPTION", message, { path: "order", expected, actual })
}

export function groupInUse(group: string, consumers: number): AnnalsError {
  const message = `group "${group}" still has ${consumers} running consumers: stop them before it is removed`
  return new AnnalsError("BUS_FAILED", message, { actual: consumers })
}

function translationOf(error: Error): Translation | undefined {
  const { code } = error as { readonly code?: unknown }
  if (typeof code === "string" && socketCodes.test(code)) return unreachable
  if (connectionMessages.test(error.message)) return unreachable
  if (error instanceof ReplyError) {
    // A script's error may carry the word behind "ERR Error running script".
    const word = /\b[A-Z]{3,}\b/.exec(error.message.replace(/^ERR\b/, ""))?.[0]
    return (
      translations[error.message.split(" ", 1)[0] ?? ""] ??
      translations[word ?? ""] ?? { code: "BUS_FAILED", says: "the server refuses" }
    )
  }
  return undefined
}

/** What ioredis throws has the command's arguments on it: events, and passwords. */
function bare(error: Error): Error {
  const { code } = error as { readonly code?: unknown }
  const copy = new Error(firstLine(error))
  copy.name = error.name
  return typeof code === "string" ? Object.assign(copy, { code }) : copy
}

function firstLine({ message }: Error): string {
  return message.split("\n", 1)[0] ?? ""
}
