import { createServices } from "./create-services.ts"

/** The services that the whole repository shares. */
export const {
  serviceUrl,
  checkService,
  startServices,
  killService,
  restartService,
  canRestart,
  removeServices,
} = createServices()
