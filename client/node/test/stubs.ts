// What the tests serve and the benchmark calls; bundled into build/stubs.cjs, for
// the package does not show it.
export {
  AuthorizationServiceClient,
  AuthorizationServiceService,
  AuthorizeRequest,
  AuthorizeResponse,
  AuthorizeStreamResponse,
  BatchAuthorizeResponse,
} from "../src/gen/rolegate/v1/authorization.js";
export {
  GetRoleResponse,
  GetStatusResponse,
  ListRolesRequest,
  ListRolesResponse,
  RegistryServiceClient,
  RegistryServiceService,
  ReloadResponse,
} from "../src/gen/rolegate/v1/registry.js";
export {
  AssumeRoleResponse,
  SecurityTokenServiceService,
} from "../src/gen/rolegate/v1/security_token.js";
export { encodeErrorInfo } from "../src/errors.js";
