/** How a member comes by its partitions: leases where streams have an order, else all of them. */
export interface Holdings {
  /**
   * One heartbeat: says that the member lives, learns what it has lost, takes what is to be taken. Returns in how many milliseconds the next
   * one is wanted, if that is soon.
   */
  beat(): Promise<number | undefined>
  /** What is being given away is given away. */
  settled(): Promise<void>
}
