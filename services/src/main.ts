// `pnpm services [names…]` and `pnpm services down [names…]`.
import { withNeeds } from "./definitions/all-definitions.ts"
import { removeServices, serviceUrl, startServices } from "./repository-services.ts"
import { ServiceError } from "./service-error.ts"
import { isServiceName, type ServiceName, serviceNames, urlVariable } from "./service-name.ts"

async function main(args: readonly string[]): Promise<void> {
  const [command, ...rest] = args
  if (command === "down") return removeServices(namesOf(rest))
  const names = namesOf(args)
  try {
    await startServices(names)
  } finally {
    for (const name of withNeeds(names)) {
      const url = serviceUrl(name)
      if (url !== undefined) console.log(`${urlVariable(name)}=${url}`)
    }
  }
}

function namesOf(words: readonly string[]): readonly ServiceName[] {
  if (words.length === 0) return serviceNames
  const unknown = words.filter((word) => !isServiceName(word))
  if (unknown.length > 0) {
    throw new ServiceError(`no such service: ${unknown.join(", ")}. There are ${serviceNames.join(", ")}`)
  }
  return words.filter(isServiceName)
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof ServiceError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
