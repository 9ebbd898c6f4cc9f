/** A projection of deposits and its checkpoint: a row for each account. */
export const balanceTables = `
  CREATE TABLE balances (
    projection text NOT NULL,
    account text NOT NULL,
    deposits integer NOT NULL,
    cents bigint NOT NULL,
    PRIMARY KEY (projection, account)
  ) WITH (fillfactor = 50);
  CREATE TABLE progress (projection text PRIMARY KEY, position bigint NOT NULL) WITH (fillfactor = 10);
`

/** $1 projection; $2 accounts, $3 deposits of each, $4 cents of each */
export const addToBalances = `
  INSERT INTO balances AS b (projection, account, deposits, cents)
    SELECT $1::text, * FROM unnest($2::text[], $3::integer[], $4::bigint[])
    ON CONFLICT (projection, account)
      DO UPDATE SET deposits = b.deposits + excluded.deposits, cents = b.cents + excluded.cents`

/** What a page adds: the parameters of {@link addToBalances} after the first. */
export function additions(
  deposits: Iterable<{ readonly account: string; readonly cents: number }>,
): [accounts: string[], deposits: number[], cents: number[]] {
  const added = new Map<string, { deposits: number; cents: number }>()
  for (const { account, cents } of deposits) {
    const before = added.get(account)
    if (before === undefined) added.set(account, { deposits: 1, cents })
    else {
      before.deposits++
      before.cents += cents
    }
  }
  // In one order for everybody: two that add to the same accounts mustn't deadlock.
  const sorted = [...added].toSorted(([left], [right]) => (left < right ? -1 : 1))
  return [
    sorted.map(([account]) => account),
    sorted.map(([, { deposits }]) => deposits),
    sorted.map(([, { cents }]) => cents),
  ]
}
