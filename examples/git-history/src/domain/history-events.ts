import { defineEvents } from "@annals/core"
import { commitRecorded } from "./commit.ts"
import { fileAdded, fileDeleted, fileEdited, fileRenamed } from "./file.ts"

/** Everything that can happen in a repository. */
export const historyEvents = defineEvents([commitRecorded, fileAdded, fileEdited, fileRenamed, fileDeleted])
