export { createServices, type Services, type ServicesOptions } from "./create-services.ts"
export {
  canRestart,
  checkService,
  killService,
  removeServices,
  restartService,
  serviceUrl,
  startServices,
  usingService,
} from "./repository-services.ts"
export { ServiceError } from "./service-error.ts"
export { type ServiceName, serviceNames, urlVariable } from "./service-name.ts"
export { createUsingService, type UsingService } from "./using-service.ts"
