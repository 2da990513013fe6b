// The driver of the conformance scenarios; client/conformance/README.md.
import { createInterface } from "node:readline";

import { FRAMEWORKS, serve } from "./serving.mjs";

import { Client, RolegateError, fromEnvironment, verifySession } from "@rolegate/client";

const clients = new Map();
const sessions = new Map();
const watches = new Map();
const services = new Map();

const LAYERS = ["", "trust", "identity", "resource", "boundary", "session", "scp", "rcp"];

const subject = (r) => (r.session ? sessions.get(r.session) : clients.get(r.client).caller());

// The scenarios' names are the protocol's; the client's are JavaScript's.
const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
const options = (r, ...names) =>
  Object.fromEntries(names.filter((name) => name in r).map((name) => [camel(name), r[name]]));

const SESSION = ["duration_seconds", "policy", "policy_arns", "renew_before"];

async function keep(r, session) {
  sessions.set(r.session, await session);
  return credentials(r);
}

async function credentials(r) {
  const { arn, accessKeyId, sessionToken, expiresAt } = await sessions.get(r.session).credentials();
  return {
    arn,
    access_key_id: accessKeyId,
    session_token: sessionToken,
    expires_at: expiresAt.getTime() / 1000,
  };
}

const shown = (d) => ({
  allowed: d.allowed,
  explicit: d.explicit,
  reason: d.reason,
  decision_id: d.decisionId,
  registry_revision: d.registryRevision,
  encoded_message: d.encodedMessage,
  cacheable_for: d.cacheableFor ?? null,
  context_keys_read: d.contextKeysRead,
  explanation: d.explanation
    ? {
        matched_statements: d.explanation.matchedStatements.map(({ policy, sid, layer }) => ({
          policy,
          sid,
          layer: LAYERS[layer],
        })),
        missing_context_keys: d.explanation.missingContextKeys,
        lacking: d.explanation.lacking,
      }
    : null,
});

const ask = (r) => [
  r.action,
  r.resource,
  r.context ?? {},
  options(r, "resource_account", "explain"),
];

const operations = {
  async connect(r) {
    clients.set(
      r.client,
      new Client(
        r.target,
        options(r, "ca", "cert", "key", "plaintext", "principal", "session_token", "timeout"),
      ),
    );
    return {};
  },
  async from_environment(r) {
    const session = await fromEnvironment();
    sessions.set(r.session, session);
    clients.set(r.client, session.client);
    return {};
  },
  assume_role: (r) =>
    keep(
      r,
      clients
        .get(r.client)
        .assumeRole(
          options(
            r,
            ...SESSION,
            "role_arn",
            "role_session_name",
            "tags",
            "transitive_tag_keys",
            "external_id",
            "source_identity",
            "serial_number",
            "token_code",
          ),
        ),
    ),
  assume_role_with_web_identity: (r) =>
    keep(
      r,
      clients
        .get(r.client)
        .assumeRoleWithWebIdentity(
          options(
            r,
            ...SESSION,
            "role_arn",
            "role_session_name",
            "web_identity_token",
            "web_identity_token_file",
          ),
        ),
    ),
  assume_role_with_saml: (r) =>
    keep(
      r,
      clients
        .get(r.client)
        .assumeRoleWithSAML(options(r, ...SESSION, "role_arn", "principal_arn", "saml_assertion")),
    ),
  async for_token(r) {
    sessions.set(r.session, clients.get(r.client).forToken(r.token));
    return {};
  },
  credentials,
  authorize: async (r) => shown(await subject(r).authorize(...ask(r))),
  authorize_many: async (r) => ({
    decisions: (await subject(r).authorizeMany(r.checks, r.context)).map(shown),
  }),
  async authorize_stream(r) {
    const batches = [];
    for await (const decisions of subject(r).authorizeStream(r.batches)) {
      batches.push(decisions.map(shown));
    }
    return { batches };
  },
  async is_allowed(r) {
    const session = subject(r);
    let error = "";
    session.onError = (cause) => (error = cause.name);
    return { allowed: await session.isAllowed(...ask(r)), error };
  },
  async get_caller_identity(r) {
    const { account, arn, userId } = await subject(r).getCallerIdentity();
    return { account, arn, user_id: userId };
  },
  get_signing_keys: async (r) => ({ jwks: await clients.get(r.client).getSigningKeys() }),
  decode_authorization_message: async (r) => ({
    message: await clients.get(r.client).decodeAuthorizationMessage(r.encoded_message),
  }),
  async verify_session(r) {
    const session = await verifySession(r.token, r.jwks, options(r, "issuer", "audience"));
    return {
      arn: session.arn,
      role_arn: session.roleArn,
      role_session_name: session.roleSessionName,
      access_key_id: session.accessKeyId,
      expires_at: session.expiresAt.getTime() / 1000,
      source_identity: session.sourceIdentity,
      tags: session.tags,
    };
  },
  async watch(r) {
    const client = r.client ? clients.get(r.client) : sessions.get(r.session).client;
    watches.set(r.watch, client.watch());
    return {};
  },
  async next_revision(r) {
    const { value, done } = await watches.get(r.watch).next();
    if (done) throw new Error("the watch has ended");
    return { revision: value };
  },
  async repeat(r) {
    const answers = [];
    if (r.at_once) {
      return {
        answers: await Promise.all(Array.from({ length: r.times }, () => answer(r.request))),
      };
    }
    for (let i = 0; i < r.times; ++i) answers.push(await answer(r.request));
    return { answers };
  },
  frameworks: async () => FRAMEWORKS,
  async serve(r) {
    const service = await serve(r.framework, clients.get(r.client), r.rules, options(r, "header"));
    services.set(r.server, service);
    return { address: service.address };
  },
  async stop_serving(r) {
    const service = services.get(r.server);
    services.delete(r.server);
    service.stop();
    return { handled: service.handled };
  },
  async close(r) {
    clients.get(r.client).close();
    return {};
  },
};

async function answer(request) {
  const operation = operations[request.do];
  if (operation === undefined) {
    return {
      error: { name: "UnknownOperation", code: "", message: request.do, encoded_message: "" },
    };
  }
  try {
    return { ok: await operation(request) };
  } catch (error) {
    const ours = error instanceof RolegateError;
    return {
      error: {
        name: ours && error.named ? error.name : ours ? "" : error.name,
        code: ours ? error.code : "",
        message: error.message,
        encoded_message: ours ? error.encodedMessage : "",
      },
    };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + "\n");
}
process.exit(0);
