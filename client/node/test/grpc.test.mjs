// The interceptor in a server of @grpc/grpc-js.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";

import { credentials, Metadata, Server, status } from "@grpc/grpc-js";
import { accessOf, guard } from "@rolegate/client/grpc";

import { listen, startRolegate, stubs } from "./fake.mjs";

const REGISTRY = "/rolegate.v1.RegistryService/";
const RULES = [
  { rpc: `${REGISTRY}GetStatus`, public: true },
  { rpc: `${REGISTRY}GetRole`, action: "roles:Read", resource: "arn:aws:roles:::{role_arn}" },
  { rpc: `${REGISTRY}ListRoles`, action: "roles:List", resource: "*" },
  { rpc: `${REGISTRY}Watch`, action: "roles:Watch", resource: "*" },
  { rpc: "/rolegate.v1.AuthorizationService/*", action: "roles:Stream", resource: "*" },
];

const LIST = stubs.ListRolesRequest.fromPartial({});

const state = { handled: 0, logged: [] };

function answer(call) {
  state.handled += 1;
  const access = accessOf(call);
  return access ? `${access.action} ${access.resource} ${access.decision.decisionId}` : "public";
}

const registry = {
  getStatus: (call, callback) =>
    callback(null, stubs.GetStatusResponse.fromPartial({ revision: answer(call) })),
  getRole: (call, callback) =>
    callback(null, stubs.GetRoleResponse.fromPartial({ role: { arn: answer(call) } })),
  listRoles: (call, callback) =>
    callback(null, stubs.ListRolesResponse.fromPartial({ roles: [{ arn: answer(call) }] })),
  reload: (call, callback) =>
    callback(null, stubs.ReloadResponse.fromPartial({ revision: answer(call) })),
  watch(call) {
    for (let i = 0; i < 3; ++i) call.write({ revision: answer(call) });
    call.end();
  },
};

const authorization = {
  authorize: (call, callback) =>
    callback(null, stubs.AuthorizeResponse.fromPartial({ reason: answer(call) })),
  batchAuthorize: (call, callback) =>
    callback(null, stubs.BatchAuthorizeResponse.fromPartial({ registryRevision: answer(call) })),
  authorizeStream(call) {
    call.on("data", ({ correlationId }) => {
      answer(call);
      call.write(stubs.AuthorizeStreamResponse.fromPartial({ correlationId }));
    });
    call.on("end", () => call.end());
  },
};

let rolegate;
before(async () => (rolegate = await startRolegate()));
after(() => rolegate.stop());
beforeEach(() => {
  state.handled = 0;
  state.logged = [];
  rolegate.asked.length = 0;
});

async function guarded(rules, options, use) {
  const onError = (error, what) => state.logged.push([error, what]);
  const interceptor = guard(rolegate.client, rules, { onError, ...options });
  const server = new Server({ interceptors: [interceptor] });
  server.addService(stubs.RegistryServiceService, registry);
  server.addService(stubs.AuthorizationServiceService, authorization);
  const address = `127.0.0.1:${await listen(server)}`;
  const client = new stubs.RegistryServiceClient(address, credentials.createInsecure());
  const streams = new stubs.AuthorizationServiceClient(address, credentials.createInsecure());
  try {
    await use(client, streams);
  } finally {
    client.close();
    streams.close();
    server.forceShutdown();
  }
}

function withValues(values, name = "authorization") {
  const metadata = new Metadata();
  for (const value of values) metadata.add(name, value);
  return metadata;
}

function unary(client, method, request, metadata) {
  return new Promise((resolve, reject) => {
    client[method](request, metadata, { deadline: Date.now() + 10_000 }, (error, response) =>
      error ? reject(error) : resolve(response),
    );
  });
}

const refused = (promise) =>
  promise.then(
    () => assert.fail("the call was answered"),
    (error) => error,
  );

async function collect(stream) {
  const received = [];
  for await (const message of stream) received.push(message);
  return received;
}

const NO_TOKEN = "the call brings no session token, or more than one";
const UNAVAILABLE = "the authorization service cannot be asked; try again later";

describe("answers of gRPC", () => {
  for (const [name, values, code, details, reason, logged = false] of [
    ["no token", [], "UNAUTHENTICATED", NO_TOKEN, "MissingAuthenticationToken"],
    [
      "two tokens in one",
      ["Bearer good, Bearer good"],
      "UNAUTHENTICATED",
      "the session token is not valid",
      "InvalidClientTokenId",
    ],
    ["another scheme", ["Basic good"], "UNAUTHENTICATED", NO_TOKEN, "MissingAuthenticationToken"],
    [
      "a long token",
      ["Bearer " + "a".repeat(7000)],
      "UNAUTHENTICATED",
      "the session token is not valid",
      "InvalidClientTokenId",
    ],
    [
      "a forged token",
      ["Bearer forged"],
      "UNAUTHENTICATED",
      "the session token is not valid",
      "InvalidClientTokenId",
    ],
    [
      "an expired token",
      ["Bearer expired"],
      "UNAUTHENTICATED",
      "the session has ended, or was revoked",
      "ExpiredToken",
    ],
    [
      "denied",
      ["Bearer denied"],
      "PERMISSION_DENIED",
      "the session may not make this call",
      "AccessDenied",
    ],
    [
      "a malformed question",
      ["Bearer malformed"],
      "PERMISSION_DENIED",
      "the session may not make this call",
      "AccessDenied",
      true,
    ],
    ["nobody asks", ["Bearer nobody-asks"], "UNAVAILABLE", UNAVAILABLE, "ServiceUnavailable", true],
    [
      "Rolegate is broken",
      ["Bearer broken"],
      "UNAVAILABLE",
      UNAVAILABLE,
      "ServiceUnavailable",
      true,
    ],
    [
      "Rolegate is too slow",
      ["Bearer slow"],
      "UNAVAILABLE",
      UNAVAILABLE,
      "ServiceUnavailable",
      true,
    ],
  ]) {
    it(name, () =>
      guarded(RULES, {}, async (client) => {
        const error = await refused(
          unary(client, "getRole", { roleArn: "r/1" }, withValues(values)),
        );
        assert.equal(status[error.code], code);
        assert.equal(error.details, details);
        const encoded = error.metadata.get("grpc-status-details-bin")[0].toString("latin1");
        assert.ok(encoded.includes(reason));
        assert.equal(encoded.includes("d-2"), name === "denied");
        assert.equal(state.handled, 0);
        assert.equal(state.logged.length, logged ? 1 : 0);
      }),
    );
  }

  it("a good session", () =>
    guarded(RULES, {}, async (client) => {
      const response = await unary(
        client,
        "getRole",
        { roleArn: "r/1" },
        withValues(["bEARER good"]),
      );
      assert.equal(response.role.arn, "roles:Read arn:aws:roles:::r/1 d-1");
    }));

  it("a public method", () =>
    guarded(RULES, {}, async (client) => {
      const response = await unary(client, "getStatus", {}, withValues(["Bearer expired"]));
      assert.equal(response.revision, "public");
      assert.equal(rolegate.asked.length, 0);
    }));
});

it("methods without a rule are denied", () =>
  guarded(RULES.slice(0, 2), {}, async (client) => {
    const good = withValues(["Bearer good"]);
    for (const call of [
      () => unary(client, "listRoles", LIST, good),
      () => unary(client, "getRole", { roleArn: "" }, good),
      () => collect(client.watch({}, good)),
    ]) {
      assert.equal((await refused(call())).code, status.PERMISSION_DENIED);
    }
    assert.equal(state.handled, 0);
    assert.equal(rolegate.asked.length, 0);
  }));

it("a stream is asked about once, when it starts", () =>
  guarded(RULES, {}, async (client, streams) => {
    const watched = await collect(client.watch({}, withValues(["Bearer good"])));
    assert.deepEqual(
      watched.map(({ revision }) => revision),
      Array(3).fill("roles:Watch * d-1"),
    );
    const stream = streams.authorizeStream(withValues(["Bearer good"]));
    for (let correlationId = 0; correlationId < 5; ++correlationId) stream.write({ correlationId });
    stream.end();
    assert.equal((await collect(stream)).length, 5);
    assert.equal(rolegate.asked.length, 2);
    assert.equal(state.handled, 8);
    const denied = streams.authorizeStream(withValues(["Bearer denied"]));
    denied.on("error", () => {});
    assert.equal((await refused(collect(denied))).code, status.PERMISSION_DENIED);
    assert.equal(state.handled, 8);
  }));

it("a stream of answers is asked about by its request", () => {
  const rules = [
    { rpc: `${REGISTRY}ListRoles`, public: true },
    { rpc: `${REGISTRY}Watch`, action: "a:B", resource: "{none}" },
  ];
  return guarded(rules, {}, async (client) => {
    const error = await refused(collect(client.watch({}, withValues(["Bearer good"]))));
    assert.equal(error.code, status.PERMISSION_DENIED);
    assert.equal(state.handled, 0);
  });
});

it("a stream of requests is denied by a rule with placeholders", () => {
  const rules = [
    {
      rpc: "/rolegate.v1.AuthorizationService/AuthorizeStream",
      action: "a:B",
      resource: "{correlation_id}",
    },
  ];
  return guarded(rules, {}, async (_, streams) => {
    const stream = streams.authorizeStream(withValues(["Bearer good"]));
    stream.on("error", () => {});
    stream.write({ correlationId: 1 });
    assert.equal((await refused(collect(stream))).code, status.PERMISSION_DENIED);
    assert.equal(state.handled, 0);
    assert.equal(rolegate.asked.length, 0);
  });
});

it("metadata of another name has the token alone", () =>
  guarded(RULES, { header: "X-Session" }, async (client) => {
    const list = (values, name) => unary(client, "listRoles", LIST, withValues(values, name));
    assert.equal((await list(["good"], "x-session")).roles.length, 1);
    for (const values of [["Bearer good"], ["good", "good"], []]) {
      assert.equal((await refused(list(values, "x-session"))).code, status.UNAUTHENTICATED);
    }
    assert.equal((await refused(list(["Bearer good"]))).code, status.UNAUTHENTICATED);
  }));

it("the context that a function gives is asked about", () =>
  guarded(
    RULES,
    { context: ({ rpc, peer }) => ({ "roles:Rpc": rpc, "roles:Peer": peer.split(":")[0] }) },
    async (client) => {
      await unary(client, "listRoles", LIST, withValues(["Bearer good"]));
      assert.deepEqual(rolegate.asked[0].context, {
        "roles:Rpc": { values: [`${REGISTRY}ListRoles`] },
        "roles:Peer": { values: ["127.0.0.1"] },
      });
    },
  ));

it("a function that throws lets nobody pass", () => {
  const context = () => {
    throw new Error("no context");
  };
  return guarded(RULES, { context }, async (client) => {
    const error = await refused(unary(client, "listRoles", LIST, withValues(["Bearer good"])));
    assert.equal(error.code, status.UNAVAILABLE);
    assert.equal(state.handled, 0);
    assert.equal(state.logged.length, 1);
  });
});

it("a caller who gives up reaches no handler", () =>
  guarded(RULES, {}, async (client) => {
    const call = client.getRole({ roleArn: "r/1" }, withValues(["Bearer slow"]), () => {});
    setTimeout(() => call.cancel(), 50);
    await new Promise((resolve) => setTimeout(resolve, 800));
    assert.equal(state.handled, 0);
  }));
