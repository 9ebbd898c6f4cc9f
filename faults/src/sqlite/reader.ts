// The process of a reader; started by a round.
import { readPages, serveReader } from "./serve-reader.ts"

serveReader(readPages)
