/** How a subscription is named in a `DeadLetterStore`, which consumers of buses use as well. */
export const deadLetterSource = (subscription: string): string => `subscription:${subscription}`
