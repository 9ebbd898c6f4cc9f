// `pnpm release` publishes what `pnpm changeset version` has prepared; `pnpm release:dry` does all but the upload.
import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { packedFiles, packedManifest, packPackage } from "./pack-package.ts"
import { packageProblems } from "./package-problems.ts"
import { publishedPackages, repositoryRoot } from "./workspace.ts"

const dryRun = process.argv.includes("--dry-run")
const packages = publishedPackages()

step("Build", () => run("turbo", ["run", "build"]))

step("Versions", () => {
  const unversioned = readdirSync(join(repositoryRoot, ".changeset")).filter(
    (file) => file.endsWith(".md") && file !== "README.md",
  )
  for (const { manifest, folder } of packages) {
    const changelog = readFileSync(join(folder, "CHANGELOG.md"), "utf8")
    const described = changelog.includes(`\n## ${manifest.version}\n`)
    console.log(`${manifest.name} ${manifest.version}${described ? "" : " (not in its CHANGELOG.md)"}`)
    if (!described && !dryRun) fail(`${manifest.name}: CHANGELOG.md has no entry for ${manifest.version}`)
  }
  if (unversioned.length > 0) {
    const waiting = `${unversioned.length} changeset(s) wait for "pnpm changeset version"`
    if (!dryRun) fail(waiting)
    console.log(waiting)
  }
  const changed = execFileSync("git", ["status", "--porcelain"], { cwd: repositoryRoot, encoding: "utf8" })
  if (changed !== "" && !dryRun) fail("the working tree has uncommitted changes")
})

step("Pack", () => {
  const temporary = mkdtempSync(join(tmpdir(), "annals-release-"))
  try {
    for (const { manifest, folder } of packages) {
      const tarball = packPackage(folder, temporary)
      const problems = packageProblems(packedManifest(tarball), packedFiles(tarball))
      if (problems.length > 0) fail(`${manifest.name}: ${problems.join("; ")}`)
      console.log(`${manifest.name}: ${packedFiles(tarball).join(" ")}`)
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
})

step("Publish", () => {
  if (!dryRun) return run("changeset", ["publish"])
  for (const { folder } of packages)
    run("pnpm", ["publish", "--dry-run", "--no-git-checks", "--access", "public"], folder)
})

function step(title: string, work: () => void): void {
  console.log(`\n# ${title}`)
  work()
}

function run(command: string, args: readonly string[], cwd = repositoryRoot): void {
  const { status, error } = spawnSync(command, args, { cwd, stdio: "inherit" })
  if (error) throw error
  if (status !== 0) fail(`${command} ${args.join(" ")} failed`)
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}
