// The process of a publisher; started by a round.
import { servePublisher } from "./serve-publisher.ts"

servePublisher()
