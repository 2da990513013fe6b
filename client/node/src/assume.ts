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
  roleArn: string;
  roleSessionName: string;
  tags?: Readonly<Record<string, string>>;
  transitiveTagKeys?: readonly string[];
  externalId?: string;
  sourceIdentity?: string;
  serialNumber?: string;
  tokenCode?: string;
}

/** Which role, and by which token of an identity provider. */
export interface AssumeRoleWithWebIdentityOptions extends SessionOptions {
  roleArn: string;
  roleSessionName: string;
  webIdentityToken?: string;
  /** Read again at each renewal, as Kubernetes writes it anew. */
  webIdentityTokenFile?: string;
}

/** Which role, and by which SAML response in base64. */
export interface AssumeRoleWithSAMLOptions extends SessionOptions {
  roleArn: string;
  principalArn: string;
  samlAssertion: string;
}

/** What the service gave. */
export interface Credentials {
  readonly arn: string;
  readonly accessKeyId: string;
  /** A secret. */
  readonly sessionToken: string;
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
