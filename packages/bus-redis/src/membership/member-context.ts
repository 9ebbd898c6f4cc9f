import type { GroupMember } from "@annals/core"
import type { Topic } from "../topic.ts"
import type { Acknowledger } from "./acknowledger.ts"
import type { Budget } from "./budget.ts"
import type { PartitionTenure } from "./partition-tenure.ts"

/** What the parts of a membership share. */
export interface MemberContext {
  readonly topic: Topic
  readonly member: GroupMember
  /** Unlike any other member's; sorts by when it joined. */
  readonly name: string
  readonly budget: Budget
  readonly acknowledger: Acknowledger
  /** By partition. */
  readonly tenures: Map<number, PartitionTenure>
  /** Redis says that a partition isn't held any more. */
  lost(tenure: PartitionTenure): void
  /** Redis had lost the group in a partition, which was made again there. */
  remade(partition: number): void
  /** What was given away can be taken. */
  given(): void
  /** A member has come or gone, or gives something away. */
  rung(): void
  /** Tenures have begun, or end: whoever fetches looks anew. */
  changed(): void
}
