import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet } from "jose";

import { RolegateError } from "./errors.js";

/** What a session says of itself. It may have been revoked since; only the
 * service knows. */
export interface VerifiedSession {
  /** The session's ARN. */
  readonly arn: string;
  /** The role's ARN. */
  readonly roleArn: string;
  /** The session's name. */
  readonly roleSessionName: string;
  /** Names the session where it is revoked, and in the audit log. */
  readonly accessKeyId: string;
  /** When it ends. */
  readonly expiresAt: Date;
  /** Who is behind the session; empty if nobody said so. */
  readonly sourceIdentity: string;
  /** The session's tags. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Whose sessions are taken, and for whom they must be. */
export interface VerifyOptions {
  /** The service's `session.issuer`. */
  issuer: string;
  /** The service's `session.audience`. */
  audience: string;
}

const TYPE = "rolegate-session+jwt";
const SKEW_SECONDS = 60; // the clocks of two machines may be so far apart
const MAX_BYTES = 6 * 1024; // the service never issues a longer one

/**
 * Checks a session's token without a server, by `keys`, a JSON Web Key Set:
 * what `getSigningKeys` gives, or the server publishes. Type and algorithm are
 * this function's and never the token's.
 *
 * @throws RolegateError `ExpiredToken` for a session that has ended,
 *   `InvalidClientTokenId` for anything else that is wrong.
 */
export async function verifySession(
  token: string,
  keys: string | JSONWebKeySet,
  { issuer, audience }: VerifyOptions,
): Promise<VerifiedSession> {
  try {
    if (token.length > MAX_BYTES || !issuer || !audience) throw new TypeError("refused");
    const set = typeof keys === "string" ? (JSON.parse(keys) as JSONWebKeySet) : keys;
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(set), {
      algorithms: ["EdDSA"],
      typ: TYPE,
      issuer,
      audience,
      clockTolerance: SKEW_SECONDS,
      requiredClaims: ["exp", "iat", "nbf", "sub", "jti", "role", "name"],
    });
    if (!protectedHeader.kid || Number(payload.iat) > Date.now() / 1000 + SKEW_SECONDS) {
      throw new TypeError("refused");
    }
    return {
      arn: String(payload.sub),
      roleArn: String(payload.role),
      roleSessionName: String(payload.name),
      accessKeyId: String(payload.jti),
      expiresAt: new Date(Number(payload.exp) * 1000),
      sourceIdentity: (payload.source_identity as string | undefined) ?? "",
      tags: Object.fromEntries((payload.tags as [string, string][] | undefined) ?? []),
    };
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      throw new RolegateError("ExpiredToken", "UNAUTHENTICATED", "the session has ended");
    }
    throw new RolegateError(
      "InvalidClientTokenId",
      "UNAUTHENTICATED",
      "the session token does not hold by these keys",
    );
  }
}
