import { AnnalsError } from "@annals/core"

/** What amqplib throws: replies of the server carry a number, errors of the socket a text. */
interface AmqpError extends Error {
  readonly code?: number | string
}

const replies: readonly (readonly [pattern: RegExp, says: string])[] = [
  [/ACCESS[_-]REFUSED.*login/i, "refuses the login: check user and password"],
  [
    /ACCESS[_-]REFUSED/i,
    "refuses access: the user needs configure, write and read permissions for the names of the topic",
  ],
  [
    /access to vhost|vhost .* not found|NOT_ALLOWED/i,
    "refuses the virtual host: check its name, and that the user may use it",
  ],
  [/RESOURCE[_-]LOCKED/, "says that another connection holds it alone"],
  [
    // Anything else that comes instead, such as a heartbeat, says that the broker has much to do.
    /Expected ConnectionOpenOk; got <ConnectionClose/,
    "refuses the connection: check the virtual host's name, that the user may use it, and limits of connections",
  ],
  [/NOT_FOUND/, "doesn't know it any more: somebody removed it"],
]

const untrusted = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_|ERR_SSL_|EPROTO|HOSTNAME_MISMATCH)/

/** Says in an `AnnalsError` what RabbitMQ, or the network, said. amqplib is given no URL, so none is in what it says. */
export function translateError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof AnnalsError) return error
  const { code, message } = error as AmqpError
  if (typeof code === "string" && untrusted.test(code)) {
    const says = "the TLS connection isn't trusted: check the certificates, and give `tls.ca`"
    return failed(`${says} (${message})`, error)
  }
  const differing = explainDifference(error)
  if (differing !== undefined) return differing
  const reply = replies.find(([pattern]) => pattern.test(message))
  if (reply !== undefined) return failed(`the broker ${reply[1]} (${message})`, error)
  // 320: an operator closed the connection, or the broker stops.
  if (typeof code === "number" && code !== 320) return failed(message, error)
  return unavailable(
    `the broker can't be reached: check that it runs, its address and the network (${message})`,
    error,
  )
}

export function unavailable(why: string, cause?: unknown): AnnalsError {
  return new AnnalsError("BUS_UNAVAILABLE", `RabbitMQ: ${why}`, { cause, retryable: true })
}

export function failed(why: string, cause?: unknown): AnnalsError {
  return new AnnalsError("BUS_FAILED", `RabbitMQ: ${why}`, { cause })
}

/** Whether trying again mends nothing: what is in the broker isn't what this bus needs, or it mustn't be used. */
export function isForGood(error: unknown): boolean {
  if (!(error instanceof AnnalsError)) return false
  if (error.code === "INVALID_OPTION") return true
  return error.code === "BUS_FAILED" && !/NOT_FOUND|RESOURCE_LOCKED/.test(error.message)
}

export function hasReply(error: unknown, code: number): boolean {
  return error instanceof Error && (error as AmqpError).code === code
}

/** `inequivalent arg 'x-queue-type' for queue 'q' in vhost '/': received 'quorum' but current is none`; the broker cuts off what is beyond 255 bytes. */
const difference =
  /inequivalent arg '([^']+)' for (\w+) '([^']+)'(?: in vhost '[^']*': received (.+) but current is ([^"]+))?/

function explainDifference(error: Error): AnnalsError | undefined {
  const parts = difference.exec(error.message)
  if (parts === null) return undefined
  const [, argument, kind, name = "", wanted, current] = parts
  if (argument === "alternate-exchange") return partitionsDiffer(name, wanted, current, error)
  if (argument === "type" && name.includes(":")) return ordersDiffer(name, current, error)
  const differs = current === undefined ? "" : `: it is ${current}, and should be ${wanted}`
  const says = `the ${kind} ${name} is there with another ${argument}${differs}`
  return failed(`${says}; choose another topic, or remove what is there`, error)
}

function partitionsDiffer(
  topic: string,
  wanted: string | undefined,
  current: string | undefined,
  cause: Error,
): AnnalsError {
  const [expected, actual] = [partitionsIn(wanted), partitionsIn(current)]
  const message = `RabbitMQ: the topic ${topic} has ${actual ?? "another number of"} partitions, not ${expected ?? "those of this bus"}: give that number, or another topic`
  const fields = { ...(expected !== undefined && { expected }), ...(actual !== undefined && { actual }) }
  return new AnnalsError("INVALID_OPTION", message, { path: "partitions", ...fields, cause })
}

function ordersDiffer(exchange: string, current: string | undefined, cause: Error): AnnalsError {
  const group = exchange.slice(exchange.indexOf(":") + 1)
  const actual = current?.includes("topic") ? "none" : current?.includes("direct") ? "stream" : undefined
  const has = actual === undefined ? "another order" : `order "${actual}"`
  const message = `RabbitMQ: the group ${group} has ${has}: choose another group, or remove it first`
  return new AnnalsError("INVALID_OPTION", message, { path: "order", ...(actual && { actual }), cause })
}

function partitionsIn(text: string | undefined): number | undefined {
  const found = /::partitions-(\d+)'/.exec(text ?? "")
  return found === null ? undefined : Number(found[1])
}
