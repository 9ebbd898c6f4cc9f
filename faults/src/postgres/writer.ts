// The process of a writer; started by a round.
import { performOperation } from "../stores/perform-operation.ts"
import { serveWriter } from "../stores/serve-writer.ts"
import { accessPostgres } from "./access-postgres.ts"

serveWriter(accessPostgres, performOperation)
