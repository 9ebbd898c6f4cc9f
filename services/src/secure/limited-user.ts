/** A user that may touch only what has its own name in it: the keys, queues and exchanges of a topic `limited-1`, say. */
export function limitedUser({ secret }: { readonly secret: string }) {
  return { name: "limited", password: `${secret}-limited` } as const
}
