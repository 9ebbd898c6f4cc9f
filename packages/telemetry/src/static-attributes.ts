import type { Operation } from "@annals/core"
import type { Values } from "./measured-attributes.ts"
import { other, own, standard } from "./semantic-conventions.ts"
import type { SpanVariant } from "./span-catalogue.ts"

/** How subscriptions are called where a messaging system is asked for. */
const annals = "annals"

/** What spans of this variant, system, category, subject, command and destination have in common: samplers see it, and metrics are told by it. */
export function staticAttributes(variant: SpanVariant, operation: Operation): Values {
  return { [own.operation]: operation.name, ...attributesOf(variant, operation) }
}

function attributesOf(variant: SpanVariant, operation: Operation): Values {
  const { name, system, category, subject, command } = operation
  switch (variant) {
    case "append":
    case "read":
      return {
        [standard.dbSystem]: system,
        [standard.dbOperation]: name,
        [standard.dbCollection]: category,
      }
    case "execute":
      // None is told of a name that came from outside and is no command.
      return { [own.subject]: subject, [own.command]: command ?? other }
    case "load":
    case "snapshot":
      return { [own.subject]: subject }
    case "publish":
      return { ...messaging(system, name, "send"), ...placeOnBus(operation) }
    case "receive":
      return { ...messaging(system, "process", "process"), ...placeOnBus(operation) }
    case "retry":
      return { ...messaging(system, name, "process"), ...placeOnBus(operation) }
    case "bus-park":
      return { [standard.messagingSystem]: system, ...placeOnBus(operation) }
    case "handle":
      return { ...messaging(annals, "process", "process"), [own.subscription]: subject }
    case "project":
    case "relay":
      return { ...messaging(annals, name, "process"), [own.subscription]: subject }
    case "outbox-relay":
      return { ...messaging(annals, name, "process"), [own.relay]: subject }
    case "page":
    case "back-off":
    case "park":
    case "lease":
      return { [own.subscription]: subject }
    default:
      return variant satisfies never
  }
}

function messaging(system: string | undefined, operation: string, type: string): Values {
  return {
    [standard.messagingSystem]: system,
    [standard.messagingOperation]: operation,
    [standard.messagingOperationType]: type,
  }
}

/** Of a `publish` there is no group. */
function placeOnBus({ destination, subject }: Operation): Values {
  return { [standard.messagingDestination]: destination, [standard.messagingGroup]: subject }
}
