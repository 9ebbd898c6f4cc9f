/** How a port's front gets to its backend: opens it, refuses what may not be done now (`CLOSED`, `NESTED_WRITE`). */
export interface PortGuard {
  read<Result>(run: () => Promise<Result>): Promise<Result>
  write<Result>(run: () => Promise<Result>): Promise<Result>
}
