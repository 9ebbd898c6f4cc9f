// What the environment says.
import * as z from "zod"

/** How the services are joined: the same for both. */
const bus = z.object({
  BUS: z.enum(["redis", "rabbitmq", "kafka"]).default("redis"),
  /** Where the broker is. Default: on this machine, at its usual port. */
  BUS_URL: z.string().optional(),
  BUS_TOPIC: z.string().default("shop-and-shipping"),
  /**
   * A process that is killed can't say goodbye: what it worked on goes to the next one so long after its last sign of life. RabbitMQ needs no such time, since it sees
   * the connection end. Too short, and a process that is merely slow loses its work: nothing happens twice then, but work is begun twice.
   */
  TAKE_OVER_AFTER_MS: z.coerce.number().int().min(300).default(6_000),
})

const shop = bus.extend({
  /** A file of SQLite, or `postgres://user:password@host/database`. */
  SHOP_DATABASE: z.string().default("shop.db"),
  /** 0: any that is free. */
  PORT: z.coerce.number().int().nonnegative().default(3000),
})

const shipping = bus.extend({
  SHIPPING_DATABASE: z.string().default("shipping.db"),
})

export type BusSettings = z.infer<typeof bus>
export type ShopSettings = z.infer<typeof shop>
export type ShippingSettings = z.infer<typeof shipping>

export function readShopSettings(env: NodeJS.ProcessEnv): ShopSettings {
  return shop.parse(env)
}

export function readShippingSettings(env: NodeJS.ProcessEnv): ShippingSettings {
  return shipping.parse(env)
}
