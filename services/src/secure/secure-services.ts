import { portAt, type ServiceAddress } from "../definitions/service-definition.ts"
import { kafkaUser } from "./kafka-user.ts"
import { limitedUser } from "./limited-user.ts"
import { unsignedToken } from "./unsigned-token.ts"

/** How clients reach a service by its listeners that encrypt. */
export interface SecureServices {
  readonly redis: SecureServer
  readonly rabbitmq: SecureServer
  readonly kafka: SecureKafka
}

export type SecureServiceName = keyof SecureServices

export interface SecureServer {
  /** The authority that signed the server's certificate, as PEM. Nobody else trusts it. */
  readonly ca: string
  /** With the password of a user who may do everything. */
  readonly url: string
  /** With that of a user who may touch only keys, queues and exchanges that have `limited` in their name. */
  readonly limitedUrl: string
}

export interface SecureKafka {
  /** As above. */
  readonly ca: string
  /** `host:port` of a listener that encrypts, and asks nobody who he is. */
  readonly sslBroker: string
  /** `host:port` of a listener that encrypts, and takes logins by PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and OAUTHBEARER. */
  readonly saslBroker: string
  readonly username: string
  readonly password: string
  /** For OAUTHBEARER, for an hour from the call on. */
  readonly token: string
}

/** All but the authority's certificate. */
type Access = {
  readonly [Name in SecureServiceName]: (address: ServiceAddress) => Omit<SecureServices[Name], "ca">
}

export const secureAccess: Access = {
  redis: (address) => servers(address, "rediss", "default", portAt(address.ports, 1)),
  rabbitmq: (address) => servers(address, "amqps", "annals", portAt(address.ports, 3)),
  kafka: (address) => {
    const { name, password } = kafkaUser(address)
    return {
      sslBroker: `127.0.0.1:${portAt(address.ports, 2)}`,
      saslBroker: `127.0.0.1:${portAt(address.ports, 3)}`,
      username: name,
      password,
      token: unsignedToken(name),
    }
  },
}

function servers(address: ServiceAddress, scheme: string, user: string, port: number) {
  const url = (name: string, password: string) => `${scheme}://${name}:${password}@127.0.0.1:${port}`
  const limited = limitedUser(address)
  return { url: url(user, address.secret), limitedUrl: url(limited.name, limited.password) }
}

/** The environment variable that holds the access to a service running elsewhere, as JSON: `ANNALS_REDIS_SECURE`. */
export function secureVariable(name: SecureServiceName): string {
  return `ANNALS_${name.toUpperCase()}_SECURE`
}
