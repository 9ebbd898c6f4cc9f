export { createServices, type Services, type ServicesOptions } from "./create-services.ts"
export {
  type RecycledSchemas,
  type RecycledSchemasOptions,
  recycledSchemas,
} from "./recycled-schemas.ts"
export {
  canRestart,
  checkService,
  killService,
  removeServices,
  restartService,
  secureService,
  serviceUrl,
  startServices,
  usingSecureService,
  usingService,
} from "./repository-services.ts"
export {
  type SecureKafka,
  type SecureServer,
  type SecureServiceName,
  type SecureServices,
  secureVariable,
} from "./secure/secure-services.ts"
export { ServiceError } from "./service-error.ts"
export { type ServiceName, serviceNames, urlVariable } from "./service-name.ts"
export {
  createUsingSecureService,
  createUsingService,
  type UsingSecureService,
  type UsingService,
} from "./using-service.ts"
