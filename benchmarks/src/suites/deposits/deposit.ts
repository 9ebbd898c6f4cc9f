/** What every contestant records: some 150 bytes of data and metadata. */
export interface Deposit {
  readonly account: string
  readonly cents: number
  readonly currency: string
  readonly reference: string
}

export interface DepositMetadata {
  readonly actor: string
  readonly request: string
  readonly [field: string]: string
}

/** The deposit of this number, the same in every run. */
export function depositOf(number: number, account: string): Deposit {
  return {
    account,
    cents: 100 + (number % 9000),
    currency: "EUR",
    reference: `payment ${number} of the month`,
  }
}

/** What is recorded beside it. */
export function metadataOf(deposit: Deposit): DepositMetadata {
  return { actor: `clerk-${deposit.cents % 50}`, request: `${deposit.reference} at the counter` }
}

/** By which an account's deposits are found in the whole store. */
export function tagsOf(deposit: Deposit): readonly string[] {
  return [`account:${deposit.account}`]
}
