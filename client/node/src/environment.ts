import { hostname } from "node:os";

import { Client, type ClientOptions } from "./client.js";
import type { Session } from "./session.js";

/**
 * The session that the environment describes, all that a pod needs.
 *
 * `ROLEGATE_SERVER` is the target; `ROLEGATE_TLS_CA`, `ROLEGATE_TLS_CERT` and
 * `ROLEGATE_TLS_KEY` are files in PEM. Then holds the first of these that is
 * there: `ROLEGATE_SESSION_TOKEN`, a session that stands ready;
 * `ROLEGATE_ROLE_ARN` with `ROLEGATE_WEB_IDENTITY_TOKEN_FILE`, by that token,
 * which is read again at each renewal; `ROLEGATE_ROLE_ARN` alone, by who the
 * connection is. Without any of them the connection says who is calling.
 *
 * `ROLEGATE_ROLE_SESSION_NAME` names the session; by default the host does.
 */
export async function fromEnvironment(options: ClientOptions = {}): Promise<Session> {
  const variable = (name: string) => (process.env[name] === "" ? undefined : process.env[name]);
  const target = variable("ROLEGATE_SERVER");
  if (target === undefined) {
    throw new Error("ROLEGATE_SERVER is not set; it names the server, `HOST:PORT` or `unix:/path`");
  }
  const sessionToken = variable("ROLEGATE_SESSION_TOKEN");
  const client = new Client(target, {
    ca: variable("ROLEGATE_TLS_CA"),
    cert: variable("ROLEGATE_TLS_CERT"),
    key: variable("ROLEGATE_TLS_KEY"),
    sessionToken,
    ...options,
  });
  const roleArn = variable("ROLEGATE_ROLE_ARN");
  if (sessionToken !== undefined || roleArn === undefined) return client.caller();
  const roleSessionName = variable("ROLEGATE_ROLE_SESSION_NAME") ?? defaultSessionName();
  const webIdentityTokenFile = variable("ROLEGATE_WEB_IDENTITY_TOKEN_FILE");
  try {
    return webIdentityTokenFile === undefined
      ? await client.assumeRole({ roleArn, roleSessionName })
      : await client.assumeRoleWithWebIdentity({ roleArn, roleSessionName, webIdentityTokenFile });
  } catch (error) {
    client.close();
    throw error;
  }
}

/** The host's name, or the time. */
function defaultSessionName(): string {
  const name = hostname()
    .replace(/[^A-Za-z0-9_=,.@-]/g, "")
    .slice(0, 64);
  return name.length >= 2 ? name : `rolegate-${Math.floor(Date.now() / 1000)}`;
}
