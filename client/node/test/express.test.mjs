// The guard of HTTP in Express 4 and 5 and without either, against bytes as they are sent.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { connect } from "node:net";
import { after, before, beforeEach, describe, it } from "node:test";

import { Client } from "@rolegate/client";
import { accessOf, guard } from "@rolegate/client/express";
import express5 from "express";
import express4 from "express4";

import { startRolegate } from "./fake.mjs";

const RULES = [
  { method: "GET", path: "/healthz", public: true },
  {
    method: "*",
    path: "/orders/{id}",
    action: "orders:GetOrder",
    resource: "arn:aws:orders:::order/{id}",
    context: { "orders:Channel": "http" },
  },
  {
    method: "GET",
    path: "/shop/orders/{id}",
    action: "orders:GetOrder",
    resource: "arn:aws:orders:::order/{id}",
  },
];

const state = { handled: 0, logged: [] };
const options = { onError: (error, what) => state.logged.push([error, what]) };

function handle(request, response) {
  state.handled += 1;
  const access = accessOf(request);
  response.end(JSON.stringify(access ? [access.resource, access.decision.decisionId] : null));
}

const frameworks = {
  "Express 4": (handler) => express4().use(handler).use(handle),
  "Express 5": (handler) => express5().use(handler).use(handle),
  "node:http": (handler) => (request, response) =>
    handler(request, response, () => handle(request, response)),
};

async function serve(listener) {
  const server = createServer({ maxHeaderSize: 256 * 1024 }, listener);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** Sends a request as it is written. */
function get(server, target, ...headers) {
  const lines = [`GET ${target} HTTP/1.1`, "Host: shop", "Connection: close", ...headers, "", ""];
  return new Promise((resolve, reject) => {
    const socket = connect(server.address().port, "127.0.0.1");
    const chunks = [];
    socket.setTimeout(10_000, () => socket.destroy(new Error("no answer")));
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", reject);
    socket.on("close", () => {
      const [head, body] = Buffer.concat(chunks).toString("latin1").split("\r\n\r\n");
      resolve({
        status: Number(head.split(" ")[1]),
        challenge: /^www-authenticate: (.*)$/im.exec(head)?.[1],
        type: /^content-type: (.*)$/im.exec(head)?.[1],
        body: body
          .replace(/^[0-9a-f]+\r\n/i, "")
          .replace(/\r\n0\r\n$/, "")
          .trim(),
      });
    });
    socket.write(Buffer.from(lines.join("\r\n"), "latin1"));
  });
}

const bearer = (token) => `Authorization: Bearer ${token}`;

const NO_TOKEN = {
  error: "MissingAuthenticationToken",
  message: "the call brings no session token, or more than one",
};
const INVALID = { error: "InvalidClientTokenId", message: "the session token is not valid" };
const NO_RULE = { error: "AccessDenied", message: "no rule of the service covers this call" };
const DENIED = { error: "AccessDenied", message: "the session may not make this call" };
const UNAVAILABLE = {
  error: "ServiceUnavailable",
  message: "the authorization service cannot be asked; try again later",
};
const INVALID_CHALLENGE = 'Bearer error="invalid_token"';

const ANSWERS = [
  ["a good session", "/orders/1", [bearer("good")], 200, ["arn:aws:orders:::order/1", "d-1"]],
  [
    "the word in another case",
    "/orders/1",
    ["authorization: bEARER good"],
    200,
    ["arn:aws:orders:::order/1", "d-1"],
  ],
  ["a public route", "/healthz", [], 200, null],
  ["a public route, whatever comes with it", "/healthz", [bearer("expired")], 200, null],
  ["no token", "/orders/1", [], 401, NO_TOKEN, "Bearer"],
  ["two tokens", "/orders/1", [bearer("good"), bearer("good")], 401, NO_TOKEN, "Bearer"],
  [
    "two tokens, the first one good",
    "/orders/1",
    [bearer("good"), bearer("bad")],
    401,
    NO_TOKEN,
    "Bearer",
  ],
  [
    "two tokens in one header",
    "/orders/1",
    [bearer("good, Bearer good")],
    401,
    INVALID,
    INVALID_CHALLENGE,
  ],
  ["two spaces", "/orders/1", [bearer(" good")], 401, NO_TOKEN, "Bearer"],
  ["the word alone", "/orders/1", ["Authorization: Bearer"], 401, NO_TOKEN, "Bearer"],
  ["another scheme", "/orders/1", ["Authorization: Basic good"], 401, NO_TOKEN, "Bearer"],
  [
    "a token of 100 KB",
    "/orders/1",
    [bearer("a".repeat(100_000))],
    401,
    INVALID,
    INVALID_CHALLENGE,
  ],
  ["a token that is no ASCII", "/orders/1", [bearer("g\xffd")], 401, INVALID, INVALID_CHALLENGE],
  ["a forged token", "/orders/1", [bearer("forged")], 401, INVALID, INVALID_CHALLENGE],
  [
    "an expired token",
    "/orders/1",
    [bearer("expired")],
    401,
    { error: "ExpiredToken", message: "the session has ended, or was revoked" },
    INVALID_CHALLENGE,
  ],
  ["no rule", "/other", [bearer("good")], 403, NO_RULE],
  ["two slashes", "//orders/1", [bearer("good")], 403, NO_RULE],
  ["a control character that is encoded", "/orders/a%00b", [bearer("good")], 403, NO_RULE],
  ["denied", "/orders/1", [bearer("denied")], 403, { ...DENIED, decision_id: "d-2" }],
  ["a decision that is none", "/orders/1", [bearer("unspecified")], 403, DENIED],
  ["a malformed question", "/orders/1", [bearer("malformed")], 403, DENIED, undefined, true],
  [
    "Rolegate does not know who asks",
    "/orders/1",
    [bearer("nobody-asks")],
    503,
    UNAVAILABLE,
    undefined,
    true,
  ],
  [
    "Rolegate lets the service not ask",
    "/orders/1",
    [bearer("may-not-ask")],
    503,
    UNAVAILABLE,
    undefined,
    true,
  ],
  ["Rolegate is broken", "/orders/1", [bearer("broken")], 503, UNAVAILABLE, undefined, true],
  ["Rolegate is too slow", "/orders/1", [bearer("slow")], 503, UNAVAILABLE, undefined, true],
];

let rolegate;
before(async () => (rolegate = await startRolegate()));
after(() => rolegate.stop());
beforeEach(() => {
  state.handled = 0;
  state.logged = [];
  rolegate.asked.length = 0;
});

for (const [framework, make] of Object.entries(frameworks)) {
  describe(framework, () => {
    let server;
    before(async () => (server = await serve(make(guard(rolegate.client, RULES, options)))));
    after(() => server.close());

    for (const [name, target, headers, status, body, challenge, logged = false] of ANSWERS) {
      it(name, async () => {
        const answer = await get(server, target, ...headers);
        assert.equal(answer.status, status);
        assert.deepEqual(JSON.parse(answer.body), body);
        assert.equal(answer.challenge, challenge);
        if (status !== 200) assert.equal(answer.type, "application/json");
        assert.equal(state.handled, status === 200 ? 1 : 0);
        assert.equal(state.logged.length, logged ? 1 : 0);
      });
    }

    it("asks about each call, and keeps no decision", async () => {
      for (let i = 0; i < 3; ++i) await get(server, "/orders/1", bearer("good"));
      assert.equal(rolegate.asked.length, 3);
    });

    it("asks nothing about calls that can only be refused", async () => {
      await get(server, "/orders/1");
      await get(server, "/orders/1", bearer("a".repeat(100_000)));
      await get(server, "/other", bearer("good"));
      assert.equal(rolegate.asked.length, 0);
    });

    it("answers many callers at once with what is theirs", async () => {
      const tokens = Array.from({ length: 60 }, (_, i) => ["good", "denied", "expired"][i % 3]);
      const answers = await Promise.all(
        tokens.map((token) => get(server, "/orders/1", bearer(token))),
      );
      assert.deepEqual(
        answers.map(({ status }) => status),
        tokens.map((token) => ({ good: 200, denied: 403, expired: 401 })[token]),
      );
      assert.equal(state.handled, 20);
    });
  });
}

async function during(listener, use) {
  const server = await serve(listener);
  try {
    await use(server);
  } finally {
    server.close();
  }
}

for (const [version, express] of Object.entries({ 4: express4, 5: express5 })) {
  it(`in Express ${version} the path is the one that came, also behind a mount`, async () => {
    const app = express();
    const router = express.Router();
    router.use(guard(rolegate.client, RULES, options));
    router.use(handle);
    app.use("/shop", router);
    await during(app, async (server) => {
      assert.equal((await get(server, "/shop/orders/7", bearer("good"))).status, 200);
      assert.equal(rolegate.asked[0].resource, "arn:aws:orders:::order/7");
      // What is left of this one behind the mount is the path of a public rule.
      assert.equal((await get(server, "/shop/healthz")).status, 403);
      assert.equal(state.handled, 1);
    });
  });

  it(`in Express ${version} a path that was rewritten before is the one that came`, async () => {
    const app = express();
    app.use((request, _, next) => {
      request.url = "/healthz";
      next();
    });
    app.use(guard(rolegate.client, RULES, options), handle);
    await during(app, async (server) => {
      assert.equal((await get(server, "/admin")).status, 403);
    });
  });

  it(`in Express ${version} a service may answer refusals in its own way`, async () => {
    const app = express();
    const onRefusal = ({ name }, request, response) => {
      response.setHeader("Content-Type", "text/plain");
      response.end(`${response.statusCode} ${name} ${request.originalUrl}`);
    };
    app.use(guard(rolegate.client, RULES, { ...options, onRefusal }), handle);
    await during(app, async (server) => {
      const answer = await get(server, "/orders/1");
      assert.equal(answer.status, 401);
      assert.equal(answer.challenge, "Bearer");
      assert.match(answer.body, /^401 MissingAuthenticationToken \/orders\/1$/);
    });
  });
}

it("a header of another name has the token alone", async () => {
  const handler = guard(rolegate.client, RULES, { ...options, header: "X-Session" });
  await during(frameworks["Express 5"](handler), async (server) => {
    for (const [headers, status] of [
      [["x-session: good"], 200],
      [["X-Session: Bearer good"], 401],
      [["X-Session:"], 401],
      [[bearer("good")], 401],
      [["X-Session: good", "X-Session: good"], 401],
    ]) {
      assert.equal((await get(server, "/orders/1", ...headers)).status, status);
    }
  });
  assert.throws(
    () => guard(rolegate.client, RULES, { header: "x\r\nsession" }),
    /is no header's name/,
  );
});

it("the context that a function gives stands below the rule's", async () => {
  const handler = guard(rolegate.client, RULES, {
    ...options,
    context: (request) => ({
      "orders:From": request.socket.remoteAddress,
      "orders:Channel": "another",
    }),
  });
  await during(frameworks["Express 5"](handler), async (server) => {
    await get(server, "/orders/1", bearer("good"));
    assert.deepEqual(rolegate.asked[0].context, {
      "orders:From": { values: ["127.0.0.1"] },
      "orders:Channel": { values: ["http"] },
    });
  });
});

it("a function that throws lets nobody pass", async () => {
  const handler = guard(rolegate.client, RULES, {
    ...options,
    context() {
      throw new Error("no context");
    },
  });
  const app = express5().use(handler).use(handle);
  app.use((error, request, response, next) => {
    response.status(500).end(error.message);
    next;
  });
  await during(app, async (server) => {
    const answer = await get(server, "/orders/1", bearer("good"));
    assert.equal(answer.status, 500);
    assert.equal(answer.body, "no context");
    assert.equal(state.handled, 0);
  });
});

it("a dead Rolegate lets nobody pass but on public routes", async () => {
  const dead = new Client("unix:/nonexistent/socket", { timeout: 0.3 });
  await during(frameworks["Express 5"](guard(dead, RULES, options)), async (server) => {
    const answer = await get(server, "/orders/1", bearer("good"));
    assert.equal(answer.status, 503);
    assert.equal(state.handled, 0);
    assert.equal(state.logged.length, 1);
    assert.equal((await get(server, "/healthz")).status, 200);
  });
  dead.close();
});

it("a listener that throws changes no answer", async () => {
  const onError = () => {
    throw new Error("the listener is broken");
  };
  await during(
    frameworks["Express 5"](guard(rolegate.client, RULES, { onError })),
    async (server) => {
      assert.equal((await get(server, "/orders/1", bearer("broken"))).status, 503);
    },
  );
});
