/** Who logs in at Kafka, by whichever mechanism knows passwords. */
export function kafkaUser({ secret }: { readonly secret: string }) {
  return { name: "annals", password: `${secret}-kafka` } as const
}
