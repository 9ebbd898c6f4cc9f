// `pnpm --filter @annals/docs dashboard`: writes docs/observability/grafana-dashboard.json anew.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { repositoryRoot } from "../repository.ts"
import { dashboard, dashboardPath } from "./dashboard.ts"

writeFileSync(join(repositoryRoot, dashboardPath), `${JSON.stringify(dashboard(), null, 2)}\n`)
