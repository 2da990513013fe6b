// The cases that middleware of all languages holds to.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

import { Metadata, status } from "@grpc/grpc-js";
import * as express from "@rolegate/client/express";
import * as grpc from "@rolegate/client/grpc";

const cases = JSON.parse(
  readFileSync(new URL("../../conformance/middleware.json", import.meta.url), "utf8"),
);
assert.ok(cases.http.length > 40 && cases.rpc.length > 8 && cases.wrong_tables.length > 20);

/** Hears what is asked, and allows it. */
function listening() {
  const asker = {
    asked: undefined,
    forToken: () => ({
      async authorize(action, resource, context) {
        asker.asked = { action, resource, context };
        return { allowed: true, decisionId: "d" };
      },
    }),
  };
  return asker;
}

function outcome(handled, asker) {
  if (!handled) {
    assert.equal(asker.asked, undefined);
    return { denied: true };
  }
  return asker.asked ?? { public: true };
}

describe("each case of HTTP", () => {
  for (const { name, table, method, path, expect } of cases.http) {
    it(name, async () => {
      const asker = listening();
      const handler = express.guard(asker, cases.tables[table]);
      const request = {
        method,
        url: "/rewritten",
        originalUrl: path,
        headers: {},
        rawHeaders: ["Authorization", "Bearer token"],
      };
      const handled = await new Promise((resolve, reject) => {
        const response = {
          setHeader() {},
          end() {
            resolve(false);
          },
        };
        handler(request, response, (error) => (error ? reject(error) : resolve(true)));
      });
      assert.deepEqual(outcome(handled, asker), expect);
    });
  }
});

/** Sends a message through an interceptor; whether it reached the handler. */
function intercept(interceptor, method, message) {
  return new Promise((resolve) => {
    let listener;
    const call = interceptor(method, {
      start: (given) => (listener = given),
      sendStatus(sent) {
        assert.equal(sent.code, status.PERMISSION_DENIED);
        resolve(false);
      },
      getPeer: () => "peer",
    });
    call.start({
      onReceiveMetadata() {},
      onReceiveMessage() {},
      onReceiveHalfClose: () => resolve(true),
      onCancel() {},
    });
    const metadata = new Metadata();
    metadata.set("authorization", "Bearer token");
    listener.onReceiveMetadata(metadata);
    listener.onReceiveMessage(message);
    listener.onReceiveHalfClose();
  });
}

// What generators of JavaScript make of a field's name.
const spellings = {
  "as in the proto file": (message) => message,
  "in camel case": (message) =>
    Object.fromEntries(
      Object.entries({ role_arn: "", page_size: 0, ...message }).map(([name, value]) => [
        name.replace(/_(.)/g, (_, letter) => letter.toUpperCase()),
        value,
      ]),
    ),
  "behind getters": (message) => ({
    getRoleArn: () => message.role_arn ?? "",
    getPageSize: () => message.page_size ?? 0,
  }),
};

for (const [spelling, spell] of Object.entries(spellings)) {
  describe(`each case of gRPC, with fields ${spelling}`, () => {
    for (const { name, table, rpc, message, expect } of cases.rpc) {
      it(name, async () => {
        const asker = listening();
        const interceptor = grpc.guard(asker, cases.tables[table]);
        const method = { path: rpc, requestStream: false, responseStream: false };
        const spelled = spell({ role_arn: "", page_size: 0, ...message });
        assert.deepEqual(outcome(await intercept(interceptor, method, spelled), asker), expect);
      });
    }
  });
}

describe("each wrong table", () => {
  for (const { name, for: kind, rules, error } of cases.wrong_tables) {
    it(name, () => {
      const guard = kind === "http" ? express.guard : grpc.guard;
      assert.throws(
        () => guard(listening(), rules),
        (thrown) => thrown instanceof Error && thrown.message.includes(error),
      );
    });
  }
});

describe("a table that no compiler has seen", () => {
  const good = { method: "GET", path: "/a", action: "orders:Get", resource: "*" };
  for (const [name, rule, message] of [
    ["a member that no rule has", { ...good, acton: "x" }, "rule 1: no rule has `acton`"],
    ["a member of objects", { ...good, constructor: "x" }, "rule 1: no rule has `constructor`"],
    [
      "public as a text",
      { method: "GET", path: "/a", public: "false" },
      "rule 1: `public` is no boolean",
    ],
    ["a resource that is null", { ...good, resource: null }, "rule 1: `resource` is no string"],
    [
      "a number in the context",
      { ...good, context: { "a:B": 1 } },
      "rule 1: the context's `a:B` is no string",
    ],
  ]) {
    it(name, () => {
      assert.throws(() => express.guard(listening(), [rule]), { message });
    });
  }
});

describe("fields of a message", () => {
  const long = { __isLong__: true, low: 1, high: 1, toString: () => "4294967297" };
  for (const [name, message, path, expected] of [
    ["a message in a message", { customer: { id: "c-1" } }, "customer.id", "c-1"],
    ["an integer of 64 bits", { id: 2n ** 63n }, "id", "9223372036854775808"],
    ["an integer of 64 bits as Long", { id: long }, "id", "4294967297"],
    ["zero", { id: 0 }, "id", "0"],
    ["a fraction", { id: 0.5 }, "id", undefined],
    ["an integer that lost digits", { id: 2 ** 60 }, "id", undefined],
    ["a truth value", { id: true }, "id", undefined],
    ["a message", { id: {} }, "id", undefined],
    ["a list", { id: ["a"] }, "id", undefined],
    ["bytes", { id: Buffer.from("a") }, "id", undefined],
    ["a message that is missing", {}, "customer.id", undefined],
    ["a field of a text", { id: "abc" }, "id.length", undefined],
    ["what all objects have", {}, "constructor.name", undefined],
    ["half of a character", { id: "\ud800" }, "id", undefined],
    ["an escape of a terminal", { id: "\u009b2J" }, "id", undefined],
    ["no message", null, "id", undefined],
  ]) {
    it(name, async () => {
      const asker = listening();
      const interceptor = grpc.guard(asker, [
        { rpc: "/a.B/C", action: "a:B", resource: `{${path}}` },
      ]);
      const handled = await intercept(interceptor, { path: "/a.B/C" }, message);
      assert.equal(handled ? asker.asked.resource : undefined, expected);
    });
  }
});
