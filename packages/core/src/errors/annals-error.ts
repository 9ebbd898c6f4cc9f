import type { ErrorCode } from "./error-codes.ts"

/** Typed fields an error may carry; which ones a code carries stands in `docs/reference/errors.md`. */
export interface AnnalsErrorFields {
  /** Where the bad value is, such as `data.items[2].price`. */
  readonly path?: string
  /** The stream concerned, as `category/id`, with its tenant in front where it has one. */
  readonly stream?: string
  /** The version or state that the caller expected. */
  readonly expected?: string | number
  /** What was there instead. */
  readonly actual?: string | number
  /** The event concerned. */
  readonly eventId?: string
  /** The position concerned. */
  readonly position?: number
  /** Why a decider refused a command. */
  readonly reason?: string
  /** Further facts, readable by programs. */
  readonly details?: unknown
}

/** What an error is made with, besides its code and message. */
export interface AnnalsErrorOptions extends AnnalsErrorFields {
  readonly cause?: unknown
  /** `true`: the very same call may succeed if made again. Default `false`. */
  readonly retryable?: boolean
}

/**
 * The one error class of Annals. Tell errors apart by `code` (see {@link isAnnalsError}), never by
 * `instanceof`, which breaks when a program holds two copies of a package.
 */
export class AnnalsError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly code: Code
  /** Whether the same call, unchanged, may succeed later. A version conflict is not retryable: reload and decide again. */
  readonly retryable: boolean
  declare readonly path?: string
  declare readonly stream?: string
  declare readonly expected?: string | number
  declare readonly actual?: string | number
  declare readonly eventId?: string
  declare readonly position?: number
  declare readonly reason?: string
  declare readonly details?: unknown

  constructor(code: Code, message: string, options: AnnalsErrorOptions = {}) {
    const { cause, retryable = false, ...fields } = options
    super(message, cause === undefined ? undefined : { cause })
    this.name = "AnnalsError"
    this.code = code
    this.retryable = retryable
    Object.assign(this, fields)
  }
}

/**
 * Whether `error` came from Annals, with this code if one is given.
 *
 * @example
 * if (isAnnalsError(error, "VERSION_CONFLICT")) console.log(error.actual)
 */
export function isAnnalsError<Code extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: Code,
): error is AnnalsError<Code> {
  return (
    error instanceof Error &&
    error.name === "AnnalsError" &&
    "code" in error &&
    (code === undefined || error.code === code)
  )
}
