/** Seconds. Clients set a timer for the end, and timers can't be set for years. */
const lifetime = 3_600

/** A JSON web token that nobody has signed, so it is no secret. Only brokers that are set up for tests take such ones. */
export function unsignedToken(subject: string): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url")
  const expires = Math.floor(Date.now() / 1_000) + lifetime
  return `${encode({ alg: "none" })}.${encode({ sub: subject, exp: expires })}.`
}
