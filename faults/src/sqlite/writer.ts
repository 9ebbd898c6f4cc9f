// The process of a writer; started by a round.
import { performOperation } from "./perform-operation.ts"
import { serveWriter } from "./serve-writer.ts"

serveWriter(performOperation)
