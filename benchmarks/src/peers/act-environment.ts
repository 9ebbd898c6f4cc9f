// Imported before act, which reads these once: its in-memory store otherwise sleeps 100 ms for each call, and every step is printed.
Object.assign(process.env, { NODE_ENV: "production", LOG_LEVEL: "fatal", SLEEP_MS: "0" })
