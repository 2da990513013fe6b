// A Rolegate that answers by the token that is asked about, on a port of its own.
import { createRequire } from "node:module";

import { Metadata, Server, ServerCredentials, status } from "@grpc/grpc-js";
import { Client } from "@rolegate/client";

// The stubs are not public; the tests take them from the build of the tests.
const require = createRequire(import.meta.url);
export const stubs = require("../build/stubs.cjs");

const ANSWERS = {
  good: { decision: 1, decisionId: "d-1" },
  denied: { decision: 2, decisionId: "d-2", reason: "a secret of the policy" },
  unspecified: { decision: 0 },
};

const ERRORS = {
  expired: [status.UNAUTHENTICATED, "ExpiredToken"],
  malformed: [status.INVALID_ARGUMENT, "ValidationError"],
  "nobody-asks": [status.UNAUTHENTICATED, "MissingAuthenticationToken"],
  "may-not-ask": [status.PERMISSION_DENIED, "AccessDenied"],
  broken: [status.INTERNAL, ""],
};

/** Starts a server; `asked` are the requests, `callers` who asked. */
export async function startRolegate(options = {}) {
  const asked = [];
  const callers = [];
  let issued = 0;
  const server = new Server();
  const empty = stubs.AuthorizeResponse.fromPartial({});
  server.addService(
    { authorize: stubs.AuthorizationServiceService.authorize },
    {
      authorize({ request, metadata }, callback) {
        asked.push(request);
        callers.push(metadata.get("authorization")[0] ?? metadata.get("rolegate-principal")[0]);
        if (request.sessionToken === "slow") return;
        const answer =
          request.sessionToken === undefined ? ANSWERS.good : ANSWERS[request.sessionToken];
        if (answer) {
          callback(null, { ...empty, ...answer });
          return;
        }
        const [code, name] = ERRORS[request.sessionToken] ?? [
          status.UNAUTHENTICATED,
          "InvalidClientTokenId",
        ];
        const details = "a secret of the service";
        const trailers = new Metadata();
        trailers.set(
          "grpc-status-details-bin",
          Buffer.from(stubs.encodeErrorInfo(code, details, name)),
        );
        callback({ code, details, metadata: trailers });
      },
    },
  );
  server.addService(
    { assumeRole: stubs.SecurityTokenServiceService.assumeRole },
    {
      assumeRole(_, callback) {
        issued += 1;
        callback(null, {
          ...stubs.AssumeRoleResponse.fromPartial({}),
          credentials: {
            accessKeyId: "a",
            sessionToken: `own-${issued}`,
            expiration: {
              seconds: Math.ceil(Date.now() / 1000) + (options.lives ?? 3600),
              nanos: 0,
            },
          },
        });
      },
    },
  );
  const port = await listen(server);
  const client = new Client(`127.0.0.1:${port}`, {
    principal: "service:shop.example",
    timeout: 0.5,
  });
  return {
    client,
    asked,
    callers,
    stop() {
      client.close();
      server.forceShutdown();
    },
  };
}

export function listen(server) {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}
