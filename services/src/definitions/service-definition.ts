import type { ServiceName } from "../service-name.ts"

/** What makes a service run from packages, as data: who starts it as whom, and where, is decided in one other place. */
export interface ServiceDefinition {
  readonly name: ServiceName
  /** Services that must run for this one to be of use; they are started with it. */
  readonly needs: readonly ServiceName[]
  /** How many ports of 127.0.0.1 it takes. The first one is for clients. */
  readonly portCount: number
  /** Which of them encrypt, by index. Where there are some, the service finds `certificateFiles` in its folder. */
  readonly securePorts?: readonly number[]
  /** The programs of the system that it runs on, with the Debian package that brings each. */
  readonly systemPrograms: readonly SystemProgram[]
  /** Fetches what no system package brings into the cache, unless it is there. Returns the folder. */
  fetch?(cache: string): Promise<string>
  url(address: ServiceAddress): string
  /** One real exchange of the protocol. Rejects unless the service can be used. */
  check(url: string): Promise<void>
  /** Contents by name, written into the service's empty folder. */
  files(site: ServiceSite): Readonly<Record<string, string>>
  /** What runs once, to its end, over the empty folder. */
  preparation(site: ServiceSite): readonly Command[]
  /** Files in its folder by which a killed service would take itself for running. Removed before each start. */
  readonly leftovers: readonly string[]
  /** What runs as long as the service does, in order of start. */
  processes(site: ServiceSite): readonly Command[]
}

export interface SystemProgram {
  readonly program: string
  readonly debianPackage: string
  /** Where to look besides the PATH, and before it. */
  readonly folders?: readonly string[]
}

export interface ServiceAddress {
  readonly ports: readonly number[]
  /** The password of everything that knows passwords. */
  readonly secret: string
}

export interface ServiceSite extends ServiceAddress {
  /** Owned by the user that runs the service; files, data and the log lie here. */
  readonly folder: string
  /** What `fetch` returned. */
  readonly fetched: string
  /** The path of one of `systemPrograms`. */
  program(name: string): string
  /** Of a service that this one needs. */
  urlOf(name: ServiceName): string
}

export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** Makes the certificates. */
export const openssl: SystemProgram = { program: "openssl", debianPackage: "openssl" }

/** The client's port. */
export function clientPort({ ports }: ServiceAddress): number {
  return portAt(ports, 0)
}

export function portAt(ports: readonly number[], index: number): number {
  const port = ports[index]
  if (port === undefined) throw new Error(`port ${index} was never drawn`)
  return port
}
