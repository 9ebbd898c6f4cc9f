// The process of a consumer; started by a round.
import { serveConsumer } from "./serve-consumer.ts"

serveConsumer()
