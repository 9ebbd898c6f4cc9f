export { createServices, type Services, type ServicesOptions } from "./create-services.ts"
export {
  canRestart,
  killService,
  removeServices,
  restartService,
  serviceUrl,
  startServices,
} from "./repository-services.ts"
export { ServiceError } from "./service-error.ts"
export { isServiceName, type ServiceName, serviceNames, urlVariable } from "./service-name.ts"
export { usingService } from "./using-service.ts"
