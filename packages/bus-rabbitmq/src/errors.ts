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
  return (
    error instanceof AnnalsError &&
    error.code === "BUS_FAILED" &&
    !/NOT_FOUND|RESOURCE_LOCKED/.test(error.message)
  )
}

export function hasReply(error: unknown, code: number): boolean {
  return error instanceof Error && (error as AmqpError).code === code
}

/** `inequivalent arg 'x-queue-type' for queue 'q' in vhost '/': received 'quorum' but current is 'classic'` */
const difference =
  /inequivalent arg '([^']+)' for (\w+) '([^']+)' in vhost '[^']*': received (.+) but current is ([^"]+)/

function explainDifference(error: Error): AnnalsError | undefined {
  const parts = difference.exec(error.message)
  if (parts === null) return undefined
  const [, argument, kind, name = "", wanted = "", current = ""] = parts
  if (argument === "alternate-exchange" && partitionsIn(current) !== undefined) {
    return partitionsDiffer(name, Number(partitionsIn(wanted)), Number(partitionsIn(current)), error)
  }
  if (argument === "type" && name.includes(":")) return ordersDiffer(name, /topic/.test(current), error)
  const says = `the ${kind} ${name} is there with another ${argument}: it is ${current}, and should be ${wanted}`
  return failed(`${says}; choose another topic, or remove what is there`, error)
}

function partitionsDiffer(topic: string, expected: number, actual: number, cause: Error): AnnalsError {
  const message = `RabbitMQ: the topic ${topic} has ${actual} partitions, not ${expected}: give that number, or another topic`
  return new AnnalsError("INVALID_OPTION", message, { path: "partitions", expected, actual, cause })
}

function ordersDiffer(exchange: string, isUnordered: boolean, cause: Error): AnnalsError {
  const [actual, expected] = isUnordered ? ["none", "stream"] : ["stream", "none"]
  const group = exchange.slice(exchange.indexOf(":") + 1)
  const message = `RabbitMQ: the group ${group} has order "${actual}", not "${expected}": choose another group, or remove it first`
  return new AnnalsError("INVALID_OPTION", message, { path: "order", expected, actual, cause })
}

function partitionsIn(text: string): string | undefined {
  return /::partitions-(\d+)/.exec(text)?.[1]
}
