/** The account of this number, wherever there are many. */
export function accountName(number: number): string {
  return `account-${number}`
}
