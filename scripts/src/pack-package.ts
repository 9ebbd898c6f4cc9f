import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { readManifest } from "./workspace.ts"

/** Packs what `pnpm publish` would send of a built package, and returns the tarball's path. */
export function packPackage(folder: string, destination: string): string {
  execFileSync("pnpm", ["pack", "--pack-destination", destination], { cwd: folder, stdio: "pipe" })
  const { name, version } = readManifest(folder)
  return join(destination, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`)
}

/** The manifest as it stands in a tarball, after pnpm has applied `publishConfig` and replaced `workspace:`. */
export function packedManifest(tarball: string): string {
  return execFileSync("tar", ["-xzOf", tarball, "package/package.json"], { encoding: "utf8" })
}

/** Paths inside a tarball, without their leading `package/`. */
export function packedFiles(tarball: string): readonly string[] {
  return execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace("package/", ""))
}
