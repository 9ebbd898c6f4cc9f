import { fileURLToPath } from "node:url"

const ownFolder = fileURLToPath(new URL("../../../..", import.meta.url))

/**
 * Imports act's SQLite store, which needs a package.json with a version in the current folder, and its settings in the environment: it
 * otherwise prints every step.
 */
export async function importActSqlite() {
  Object.assign(process.env, { NODE_ENV: "production", LOG_LEVEL: "fatal" })
  const folder = process.cwd()
  if (`${folder}/` !== ownFolder) process.chdir(ownFolder)
  try {
    return await import("@rotorsoft/act-sqlite")
  } finally {
    if (process.cwd() !== folder) process.chdir(folder)
  }
}
