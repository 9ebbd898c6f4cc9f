/** What a panel of the dashboard shows: queries with their legends, and how to read the numbers. */
export interface PanelSpec {
  readonly title: string
  readonly description: string
  readonly unit: string
  /** Pairs of query and legend. `$job` and `$__rate_interval` are filled in by Grafana. */
  readonly queries: readonly (readonly [expr: string, legend: string])[]
  /** One number instead of lines; it turns red from here on. */
  readonly redFrom?: number
}

export interface RowSpec {
  readonly title: string
  readonly panels: readonly PanelSpec[]
}

const job = 'job=~"$job"'

/** How much a counter grows in a second, or how often a histogram is recorded. */
function rate(metric: string, by: string, labels = ""): string {
  return `sum by (${by}) (rate(${metric}{${job}${labels}}[$__rate_interval]))`
}

function quantile(share: number, metric: string, by: string, labels = ""): string {
  const perBucket = `sum by (le${by === "" ? "" : `, ${by}`}) (rate(${metric}_bucket{${job}${labels}}[$__rate_interval]))`
  return `histogram_quantile(${share}, ${perBucket})`
}

/** By how much counters grew. One that wasn't there before, such as that of the first dead letter, begins with what it counts and has never increased. */
function grown(metric: string, within: string): string {
  const selected = `${metric}{${job}}`
  return `(last_over_time(${selected}[${within}]) unless ${selected} offset ${within}) or increase(${selected}[${within}])`
}

function grownInRange(metric: string): string {
  return `sum(${grown(metric, "$__range")}) or vector(0)`
}

function grownBy(metric: string, by: string): string {
  return `sum by (${by}) (${grown(metric, "$__rate_interval")})`
}

/** Of two rates; where one of them has no series yet, it is 0. */
function share(part: string, rest: string): string {
  const parts = `(${part} or ${rest} * 0)`
  return `${parts} / (${parts} + (${rest} or ${part} * 0))`
}

/** Only of instances that hold slots: one that lost them goes on telling its last value. */
function ofHolders(metric: string): string {
  const holds = `annals_subscription_slots{${job}} > 0`
  return `max by (annals_subscription) (${metric}{${job}} and on (job, instance, annals_subscription) ${holds})`
}

const appends = ', db_operation_name="append"'
const reads = ', db_operation_name="read"'
const bus = "messaging_system_name, messaging_destination_name"
const onBus = "{{messaging_system_name}} {{messaging_destination_name}}"
const group = "messaging_destination_name, messaging_consumer_group_name"
const ofGroup = "{{messaging_destination_name}} {{messaging_consumer_group_name}}"

export const rows: readonly RowSpec[] = [
  {
    title: "At a glance",
    panels: [
      {
        title: "Dead letters",
        description: "New ones of subscriptions, buses and outboxes in the time shown. Should be 0.",
        unit: "short",
        queries: [
          [grownInRange("annals_subscription_dead_letters_total"), "subscriptions"],
          [grownInRange("annals_bus_dead_letters_total"), "buses"],
          [grownInRange("annals_outbox_dead_letters_total"), "outboxes"],
        ],
        redFrom: 1,
      },
      {
        title: "Oldest event that waits",
        description: "Of the subscription that is furthest behind.",
        unit: "s",
        queries: [[`max(${ofHolders("annals_subscription_lag_time_seconds")}) or vector(0)`, "lag"]],
        redFrom: 60,
      },
      {
        title: "Slots that nobody holds",
        description: "Of all subscriptions, 1,024 each. What is in them isn't handled.",
        unit: "short",
        queries: [
          [
            `sum(clamp_min(1024 - sum by (job, annals_subscription) (annals_subscription_slots{${job}}), 0)) or vector(0)`,
            "free",
          ],
        ],
        redFrom: 1,
      },
      {
        title: "Failed handlers",
        description: "Attempts of subscriptions and of buses' consumers that failed in the time shown.",
        unit: "short",
        queries: [
          [grownInRange("annals_subscription_failures_total"), "subscriptions"],
          [grownInRange("annals_bus_failures_total"), "buses"],
        ],
        redFrom: 100,
      },
    ],
  },
  {
    title: "Writing",
    panels: [
      {
        title: "Appends",
        description: "Calls a second, with those that failed.",
        unit: "ops",
        queries: [
          [
            rate("db_client_operation_duration_seconds_count", "db_system_name, error_type", appends),
            "{{db_system_name}} {{error_type}}",
          ],
        ],
      },
      {
        title: "Duration of an append",
        description: "From the call until it is committed.",
        unit: "s",
        queries: [
          [quantile(0.5, "db_client_operation_duration_seconds", "", appends), "p50"],
          [quantile(0.95, "db_client_operation_duration_seconds", "", appends), "p95"],
          [quantile(0.99, "db_client_operation_duration_seconds", "", appends), "p99"],
        ],
      },
      {
        title: "Events recorded",
        description: "Events a second, and events an append.",
        unit: "short",
        queries: [
          [rate("annals_append_events_sum", "db_system_name"), "{{db_system_name}} a second"],
          [
            `sum(rate(annals_append_events_sum{${job}}[$__rate_interval])) / sum(rate(annals_append_events_count{${job}}[$__rate_interval]))`,
            "an append, on average",
          ],
        ],
      },
      {
        title: "Conflicts",
        description: "Appends that were refused because somebody was faster. A command decides again.",
        unit: "ops",
        queries: [[rate("annals_append_conflicts_total", "annals_conflict"), "{{annals_conflict}}"]],
      },
      {
        title: "Commands",
        description: "Commands a second.",
        unit: "ops",
        queries: [
          [
            rate("annals_execute_duration_seconds_count", "annals_subject, annals_command"),
            "{{annals_subject}} {{annals_command}}",
          ],
        ],
      },
      {
        title: "Commands that failed",
        description: "By error code.",
        unit: "ops",
        queries: [
          [
            rate("annals_execute_duration_seconds_count", "annals_subject, error_type", ', error_type!=""'),
            "{{annals_subject}} {{error_type}}",
          ],
        ],
      },
      {
        title: "Duration of a command, p95",
        description: "Loading, deciding, appending, and doing all of it again after a conflict.",
        unit: "s",
        queries: [
          [quantile(0.95, "annals_execute_duration_seconds", "annals_subject"), "{{annals_subject}}"],
        ],
      },
      {
        title: "Duration of a load, p95",
        description: "When it grows with the streams, think about snapshots.",
        unit: "s",
        queries: [[quantile(0.95, "annals_load_duration_seconds", "annals_subject"), "{{annals_subject}}"]],
      },
    ],
  },
  {
    title: "Reading",
    panels: [
      {
        title: "Events read",
        description: "Events a second that came out of the database.",
        unit: "short",
        queries: [[rate("annals_read_events_total", "db_system_name"), "{{db_system_name}}"]],
      },
      {
        title: "Duration of a read",
        description: "Of one page.",
        unit: "s",
        queries: [
          [quantile(0.5, "db_client_operation_duration_seconds", "", reads), "p50"],
          [quantile(0.99, "db_client_operation_duration_seconds", "", reads), "p99"],
        ],
      },
    ],
  },
  {
    title: "Subscriptions",
    panels: [
      {
        title: "Lag in seconds",
        description: "Age of the oldest event that waits.",
        unit: "s",
        queries: [[ofHolders("annals_subscription_lag_time_seconds"), "{{annals_subscription}}"]],
      },
      {
        title: "Lag in positions",
        description: "How far it is behind the end of the log, gaps and events of others counted.",
        unit: "short",
        queries: [[ofHolders("annals_subscription_lag_positions"), "{{annals_subscription}}"]],
      },
      {
        title: "Events handled",
        description: "Events a second.",
        unit: "short",
        queries: [
          [rate("annals_subscription_events_total", "annals_subscription"), "{{annals_subscription}}"],
        ],
      },
      {
        title: "Rate that instances tell",
        description: "Events a second, as each instance measures it itself.",
        unit: "short",
        queries: [[`annals_subscription_rate_per_second{${job}}`, "{{annals_subscription}} {{instance}}"]],
      },
      {
        title: "Duration of a handler, p95",
        description: "Of one call: one event, or one batch.",
        unit: "s",
        queries: [
          [
            quantile(
              0.95,
              "annals_subscription_handler_duration_seconds",
              "annals_subscription, annals_relay",
            ),
            "{{annals_subscription}}{{annals_relay}}",
          ],
        ],
      },
      {
        title: "Failures and retries",
        description: "Failed attempts, and attempts that were made again.",
        unit: "ops",
        queries: [
          [
            rate("annals_subscription_failures_total", "annals_subscription"),
            "{{annals_subscription}} failed",
          ],
          [
            rate("annals_subscription_retries_total", "annals_subscription"),
            "{{annals_subscription}} tried again",
          ],
        ],
      },
      {
        title: "Dead letters of subscriptions",
        description: "Events that were put aside, with those that wait behind them.",
        unit: "short",
        queries: [
          [
            grownBy("annals_subscription_dead_letters_total", "annals_subscription"),
            "{{annals_subscription}}",
          ],
        ],
      },
      {
        title: "Pages",
        description: "Pages a second that were read. Stands still only while nothing is appended.",
        unit: "ops",
        queries: [
          [rate("annals_subscription_pages_total", "annals_subscription"), "{{annals_subscription}}"],
        ],
      },
      {
        title: "Slots",
        description: "Held by each instance, 1,024 a subscription.",
        unit: "short",
        queries: [[`annals_subscription_slots{${job}}`, "{{annals_subscription}} {{instance}}"]],
      },
      {
        title: "Leases that changed hands",
        description:
          "Slots gained and lost. Much of it without a deployment: processes that hang, or a lease that is too short.",
        unit: "short",
        queries: [
          [
            grownBy("annals_lease_changes_total", "annals_subscription, annals_lease_change"),
            "{{annals_subscription}} {{annals_lease_change}}",
          ],
        ],
      },
    ],
  },
  {
    title: "Buses",
    panels: [
      {
        title: "Messages",
        description: "Sent and consumed a second.",
        unit: "short",
        queries: [
          [rate("messaging_client_sent_messages_total", bus), `${onBus} sent`],
          [rate("messaging_client_consumed_messages_total", group), `${ofGroup} consumed`],
        ],
      },
      {
        title: "Duration of a publish",
        description: "Until the broker has confirmed.",
        unit: "s",
        queries: [
          [quantile(0.5, "messaging_client_operation_duration_seconds", bus), `${onBus} p50`],
          [quantile(0.99, "messaging_client_operation_duration_seconds", bus), `${onBus} p99`],
        ],
      },
      {
        title: "Publishes that failed",
        description: "By error code.",
        unit: "ops",
        queries: [
          [
            rate(
              "messaging_client_operation_duration_seconds_count",
              `${bus}, error_type`,
              ', error_type!=""',
            ),
            `${onBus} {{error_type}}`,
          ],
        ],
      },
      {
        title: "Duration of a consumer's handler, p95",
        description: "Of one attempt.",
        unit: "s",
        queries: [[quantile(0.95, "messaging_process_duration_seconds", group), ofGroup]],
      },
      {
        title: "Events handled by consumers",
        description: "Events a second.",
        unit: "short",
        queries: [[rate("annals_bus_handled_total", group), ofGroup]],
      },
      {
        title: "Failures, retries and dead letters of consumers",
        description: "Failures and retries a second, and dead letters as they come. Those should be none.",
        unit: "short",
        queries: [
          [rate("annals_bus_failures_total", group), `${ofGroup} failed`],
          [rate("annals_bus_retries_total", group), `${ofGroup} tried again`],
          [grownBy("annals_bus_dead_letters_total", group), `${ofGroup} dead letters`],
        ],
      },
    ],
  },
  {
    title: "Outbox",
    panels: [
      {
        title: "Messages sent",
        description: "Messages a second.",
        unit: "short",
        queries: [[rate("annals_outbox_messages_total", "annals_relay"), "{{annals_relay}}"]],
      },
      {
        title: "Lag of the outbox",
        description: "Age of the oldest message that waits.",
        unit: "s",
        queries: [[`max by (annals_relay) (annals_outbox_lag_time_seconds{${job}})`, "{{annals_relay}}"]],
      },
      {
        title: "Failures, retries and dead letters of the outbox",
        description: "Failures and retries a second, and dead letters as they come. Those should be none.",
        unit: "short",
        queries: [
          [rate("annals_outbox_failures_total", "annals_relay"), "{{annals_relay}} failed"],
          [rate("annals_outbox_retries_total", "annals_relay"), "{{annals_relay}} tried again"],
          [grownBy("annals_outbox_dead_letters_total", "annals_relay"), "{{annals_relay}} dead letters"],
        ],
      },
    ],
  },
  {
    title: "Snapshots",
    panels: [
      {
        title: "Share of loads through a snapshot",
        description: "Of those that looked for one. New and short streams have none, and that is right.",
        unit: "percentunit",
        queries: [
          [
            share(
              rate("annals_snapshot_hits_total", "annals_subject"),
              rate("annals_snapshot_misses_total", "annals_subject"),
            ),
            "{{annals_subject}}",
          ],
        ],
      },
      {
        title: "Misses",
        description: "Snapshots that weren't there or couldn't be used, by reason.",
        unit: "ops",
        queries: [
          [
            rate("annals_snapshot_misses_total", "annals_subject, annals_snapshot_reason"),
            "{{annals_subject}} {{annals_snapshot_reason}}",
          ],
        ],
      },
      {
        title: "Snapshots taken",
        description: "Snapshots a second.",
        unit: "ops",
        queries: [[rate("annals_snapshot_taken_total", "annals_subject"), "{{annals_subject}}"]],
      },
      {
        title: "Duration of taking one, p95",
        description: "Serialising and writing.",
        unit: "s",
        queries: [
          [quantile(0.95, "annals_snapshot_duration_seconds", "annals_subject"), "{{annals_subject}}"],
        ],
      },
      {
        title: "Snapshots that failed or were dropped",
        description: "Dropped: too many waited in the background. Neither loses anything but time.",
        unit: "ops",
        queries: [
          [rate("annals_snapshot_failures_total", "annals_subject"), "{{annals_subject}} failed"],
          [rate("annals_snapshot_dropped_total", "annals_subject"), "{{annals_subject}} dropped"],
        ],
      },
      {
        title: "Verified",
        description: "Loads that were compared with a full replay. A miss for the reason differs is a bug.",
        unit: "ops",
        queries: [[rate("annals_snapshot_verified_total", "annals_subject"), "{{annals_subject}}"]],
      },
    ],
  },
]
