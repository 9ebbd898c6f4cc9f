/** The bank account of the README: what every contestant of `execute` can do. */
export interface Bank {
  open(id: string, owner: string): Promise<void>
  /** Loads, decides, appends. */
  deposit(id: string, cents: number): Promise<void>
}

export interface Account {
  readonly cents: number
}
