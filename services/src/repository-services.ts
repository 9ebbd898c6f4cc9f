import { createServices } from "./create-services.ts"
import { createUsingSecureService, createUsingService } from "./using-service.ts"

const services = createServices()

/** The services that the whole repository shares. */
export const {
  serviceUrl,
  secureService,
  checkService,
  startServices,
  killService,
  restartService,
  canRestart,
  removeServices,
} = services

export const usingService = createUsingService(services)
export const usingSecureService = createUsingSecureService(services)
