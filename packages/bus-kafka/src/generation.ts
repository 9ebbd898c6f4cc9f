import type { GroupMember } from "@annals/core"
import { Committer } from "./committer.ts"
import { Intake, type IntakeConnections, type Start } from "./intake.ts"
import type { KafkaConnection, KafkaMembership } from "./kafka-client.ts"
import { KafkaFailure } from "./kafka-failure.ts"
import type { KafkaSettings } from "./kafka-settings.ts"
import type { PartitionTenure } from "./partition-tenure.ts"
import { pause } from "./pause.ts"

export interface GenerationTools {
  readonly member: GroupMember
  readonly control: KafkaConnection
  readonly fetching: IntakeConnections
  readonly settings: KafkaSettings
  /** How it goes with a part of what the member does with the brokers. */
  report(part: MemberPart, outcome: "works" | { readonly error: unknown }): void
}

export type MemberPart = "group" | "fetching" | "committing"

/** What a member holds from when its group has agreed on who holds what until it does so anew. */
export class Generation {
  readonly membership: KafkaMembership
  readonly tenures: readonly PartitionTenure[]
  readonly #tools: GenerationTools
  readonly #intake: Intake
  readonly #committer: Committer
  #isOver = false

  constructor(membership: KafkaMembership, starts: readonly Start[], tools: GenerationTools) {
    const { member, control, fetching, settings } = tools
    this.membership = membership
    this.tenures = starts.map(({ tenure }) => tenure)
    this.#tools = tools
    this.#intake = new Intake(member, starts, fetching, settings, (outcome) =>
      this.#report("fetching", outcome),
    )
    this.#committer = new Committer(control, membership, this.tenures, settings, (outcome) =>
      this.#report("committing", outcome),
    )
  }

  start(): void {
    this.#intake.start()
  }

  acknowledged(): void {
    this.#committer.note()
    this.#intake.settled()
  }

  released(): void {
    this.#intake.settled()
  }

  /**
   * Lets what is being handled come to its end, for a while, and commits it. What isn't done by then is abandoned, or all of it when `fenced` is aborted.
   */
  async finish(fenced: AbortSignal): Promise<void> {
    const { member, settings } = this.#tools
    this.#intake.stop()
    const over = new AbortController()
    const give = () => over.abort()
    fenced.addEventListener("abort", give)
    await Promise.race([
      Promise.all(this.tenures.map((tenure) => member.finish(tenure))),
      pause(settings.clock, settings.finishTimeoutMs, over.signal),
    ])
    fenced.removeEventListener("abort", give)
    over.abort()
    if (!fenced.aborted) await this.commit()
    this.abandon(new KafkaFailure("protocol", "the group's partitions are shared out anew"))
  }

  /** Stops fetching, and commits what is acknowledged. What can't be committed comes again. */
  async commit(): Promise<void> {
    this.#intake.stop()
    try {
      await this.#committer.commit()
    } catch (error) {
      this.#tools.settings.logger?.warn("what was handled last couldn't be committed: it will come again", {
        group: this.#tools.member.group,
        error,
      })
    }
  }

  /** The member has lost its partitions: nothing more of them counts. */
  abandon(reason: unknown): void {
    this.#isOver = true
    this.#intake.stop()
    this.#committer.stop()
    for (const tenure of this.tenures) tenure.lose(reason)
  }

  /** How it went with requests of a generation that is over concerns nobody: they may have been fenced, or never be repeated. */
  #report(part: MemberPart, outcome: "works" | { readonly error: unknown }): void {
    if (!this.#isOver) this.#tools.report(part, outcome)
  }
}
