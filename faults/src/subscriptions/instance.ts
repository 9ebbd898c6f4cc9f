// The process of an instance; started by a round.
import { serveInstance } from "./serve-instance.ts"

serveInstance()
