// The process of a writer; started by a round.
import { performOperation } from "../stores/perform-operation.ts"
import { serveWriter } from "../stores/serve-writer.ts"
import { accessSqlite } from "./access-sqlite.ts"

serveWriter(accessSqlite, performOperation)
