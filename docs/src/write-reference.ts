// `pnpm --filter @annals/docs reference`: writes docs/reference/<package>.md anew.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { referencePage } from "./reference/reference-page.ts"
import { publishedFolders, repositoryRoot } from "./repository.ts"

for (const folder of publishedFolders()) {
  const { path, text } = referencePage(folder)
  writeFileSync(join(repositoryRoot, path), text)
}
