// The process of a reader; started by a round.
import { readPages, serveReader } from "../stores/serve-reader.ts"
import { accessPostgres } from "./access-postgres.ts"

serveReader(accessPostgres, readPages)
