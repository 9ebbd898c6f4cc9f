/** To the process of an instance. */
export type InstanceRequest =
  /** Takes its share of a new subscription's slots, and handles nothing before it is told to. */
  | { readonly type: "join"; readonly subscription: string; readonly instances: number }
  /** Handles everything there is. */
  | { readonly type: "go" }
  | { readonly type: "leave" }

/** When it has done what it was asked. */
export interface InstanceReport {
  /** Events since it joined. */
  readonly handled: number
}
