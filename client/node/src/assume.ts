import { readFile } from "node:fs/promises";

import type { Client } from "./client.js";
import { Metadata } from "@grpc/grpc-js";
import type { AssumedRoleUser, Credentials as Issued } from "./gen/rolegate/v1/security_token.js";

/** What all ways of assuming a role have in common. */
export interface SessionOptions {
  /** How long the session lives. Default an hour. */
  durationSeconds?: number;
  /** A session policy as JSON: the session may do what both it and the role's
   * policies allow. */
  policy?: string;
  /** Managed policies with the same meaning. */
  policyArns?: readonly string[];
  /** So many seconds before its end the session is renewed; by default when a
   * fifth of its life is left. */
  renewBefore?: number;
}

/** Which role and how; see AWS's AssumeRole. */
export interface AssumeRoleOptions extends SessionOptions {
  /** The role's ARN. */
  roleArn: string;
  /** Names the session in its ARN and in the audit log; 2 to 64 characters. */
  roleSessionName: string;
  /** Session tags, which policies read as `aws:PrincipalTag/KEY`. */
  tags?: Readonly<Record<string, string>>;
  /** The keys of `tags` that sessions assumed by this one keep. */
  transitiveTagKeys?: readonly string[];
  /** What a trust policy compares as `sts:ExternalId`. */
  externalId?: string;
  /** Who is behind the session; sessions assumed by it keep it. */
  sourceIdentity?: string;
  /** The MFA device, for a role that asks for one. */
  serialNumber?: string;
  /** The six digits that the device shows. */
  tokenCode?: string;
}

/** Which role, and by which token of an identity provider. */
export interface AssumeRoleWithWebIdentityOptions extends SessionOptions {
  /** The role's ARN. */
  roleArn: string;
  /** Names the session in its ARN and in the audit log; 2 to 64 characters. */
  roleSessionName: string;
  /** The token itself. */
  webIdentityToken?: string;
  /** Read again at each renewal, as Kubernetes writes it anew. */
  webIdentityTokenFile?: string;
}

/** Which role, and by which SAML response in base64. */
export interface AssumeRoleWithSAMLOptions extends SessionOptions {
  /** The role's ARN. */
  roleArn: string;
  /** The ARN of the SAML provider. */
  principalArn: string;
  /** The SAML response in base64. */
  samlAssertion: string;
}

/** What the service gave. */
export interface Credentials {
  /** The session's ARN. */
  readonly arn: string;
  /** Names the session where it is revoked, and in the audit log. */
  readonly accessKeyId: string;
  /** A secret. */
  readonly sessionToken: string;
  /** When it ends. */
  readonly expiresAt: Date;
}

/** Has a session, and has it again. */
export type Assume = () => Promise<Credentials>;

export function assumeRole(client: Client, options: AssumeRoleOptions): Assume {
  const { renewBefore: _, tags = {}, ...fields } = options;
  const request = {
    context: {},
    bindTo: 0,
    ...fields,
    policyArns: [...(options.policyArns ?? [])],
    transitiveTagKeys: [...(options.transitiveTagKeys ?? [])],
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
  };
  return async () => issued(await client.call(client.sts.assumeRole.bind(client.sts), request));
}

export function assumeRoleWithWebIdentity(
  client: Client,
  options: AssumeRoleWithWebIdentityOptions,
): Assume {
  const { renewBefore: _, webIdentityToken, webIdentityTokenFile, ...fields } = options;
  return async () => {
    const token = webIdentityTokenFile
      ? (await readFile(webIdentityTokenFile, "utf8")).trim()
      : (webIdentityToken ?? "");
    const request = {
      ...fields,
      policyArns: [...(options.policyArns ?? [])],
      webIdentityToken: token,
    };
    return issued(
      await client.call(
        client.sts.assumeRoleWithWebIdentity.bind(client.sts),
        request,
        new Metadata(),
      ),
    );
  };
}

export function assumeRoleWithSAML(client: Client, options: AssumeRoleWithSAMLOptions): Assume {
  const { renewBefore: _, ...fields } = options;
  const request = { ...fields, policyArns: [...(options.policyArns ?? [])] };
  return async () =>
    issued(
      await client.call(client.sts.assumeRoleWithSaml.bind(client.sts), request, new Metadata()),
    );
}

function issued(response: {
  credentials?: Issued | undefined;
  assumedRoleUser?: AssumedRoleUser | undefined;
}): Credentials {
  return {
    arn: response.assumedRoleUser?.arn ?? "",
    accessKeyId: response.credentials?.accessKeyId ?? "",
    sessionToken: response.credentials?.sessionToken ?? "",
    expiresAt: new Date((response.credentials?.expiration?.seconds ?? 0) * 1000),
  };
}
