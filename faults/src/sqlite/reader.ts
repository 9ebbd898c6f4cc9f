// The process of a reader; started by a round.
import { readPages, serveReader } from "../stores/serve-reader.ts"
import { accessSqlite } from "./access-sqlite.ts"

serveReader(accessSqlite, readPages)
