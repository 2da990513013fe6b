/**
 * Rolegate for Node: sessions of roles, and what they may do.
 *
 * ```ts
 * import { fromEnvironment } from "@rolegate/client";
 *
 * const session = await fromEnvironment();
 * if (await session.isAllowed("s3:GetObject", "arn:aws:s3:::reports/1")) ...
 * ```
 *
 * Every call has a deadline. Calls that found no server, and those that came
 * too early, are tried again within it; nothing else is. Whatever goes wrong,
 * `isAllowed` says no.
 *
 * @packageDocumentation
 */
export { Client, type ClientOptions, type Identity } from "./client.js";
export type {
  AssumeRoleOptions,
  AssumeRoleWithSAMLOptions,
  AssumeRoleWithWebIdentityOptions,
  Credentials,
  SessionOptions,
} from "./assume.js";
export type { Check, Context, Decision } from "./decision.js";
export { fromEnvironment } from "./environment.js";
export { RolegateError, type ErrorName } from "./errors.js";
export { Session, type AuthorizeOptions, type ErrorListener } from "./session.js";
export { verifySession, type VerifiedSession, type VerifyOptions } from "./verify.js";
