import { Client } from "pg"

/**
 * A transaction that has written something else, and stays open: it is older than anything that is appended meanwhile, and must not hide any of
 * it from readers.
 */
export class Bystander implements AsyncDisposable {
  readonly #connectionString: string
  #client: Client | undefined

  constructor(connectionString: string) {
    this.#connectionString = connectionString
  }

  /** Begins; again where it was killed. */
  async begin(): Promise<void> {
    const client = new Client({ connectionString: this.#connectionString })
    client.on("error", () => {}) // killed with the server: whoever did that begins again
    this.#client = client
    await client.connect()
    await client.query("CREATE TABLE IF NOT EXISTS public.something_else (noted text)")
    await client.query("BEGIN")
    await client.query("INSERT INTO public.something_else VALUES ('for a long time')")
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client?.end().catch(() => {})
  }
}
