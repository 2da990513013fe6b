// Keeps calls in flight through a bare gRPC channel; see ../README.md.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

// What the client of this project is built with, and its generated stubs.
const require = createRequire(
  new URL("../../../../client/node/package.json", import.meta.url),
);
const { Metadata, credentials, status } = require("@grpc/grpc-js");
const {
  AuthorizationServiceClient,
  AuthorizeRequest,
} = require("./build/stubs.cjs");

const DEADLINE = 30_000; // a call that takes longer hangs
const ALLOW = 1;
const DENY = 2;

const order = JSON.parse(process.argv[2]);
const metadata = new Metadata();
metadata.set("authorization", `Bearer ${order.token}`);
const stub = new AuthorizationServiceClient(
  "ipv4:" + order.targets.join(","),
  credentials.createInsecure(),
  {
    "grpc.service_config": '{"loadBalancingConfig":[{"round_robin":{}}]}',
  },
);
const counts = {
  answered: {},
  failures: {},
  streamed: {},
  ends: {},
  unanswered: [],
  faults: {},
};
let ended = false;

const count = (kept, name) => (kept[name] = (kept[name] ?? 0) + 1);
const told = (error) => `${status[error.code]}: ${error.details}`;

/** A resource that may be read if `n` is even, and its decision. */
const resource = (n, name) =>
  n % 2 === 0
    ? ["arn:aws:s3:::reports/" + name, ALLOW]
    : ["arn:aws:s3:::reports/secret/" + name, DENY];

async function call() {
  for (let n = 0; !ended; ++n) {
    const [name, expected] = resource(n, "a");
    await new Promise((resolve) => {
      stub.authorize(
        AuthorizeRequest.fromPartial({ action: "s3:GetObject", resource: name }),
        metadata,
        { deadline: Date.now() + DEADLINE },
        (error, answer) => {
          if (error) {
            count(counts.failures, told(error));
          } else if (answer.decision !== expected) {
            count(counts.failures, "a wrong decision");
          } else {
            count(counts.answered, answer.registryRevision);
          }
          resolve();
        },
      );
    });
  }
}

/** What is wrong with an answer, or undefined. */
function wrong(answer, first) {
  if (first?.id !== Number(answer.correlationId)) return "an answer out of order";
  if (answer.error) return `refused: ${answer.error.code}: ${answer.error.message}`;
  const results = answer.batch.results;
  if (results.length !== first.checks) return `${results.length} results`;
  if (results.some((each) => each.decision !== first.expected)) return "a wrong decision";
}

/**
 * Sends messages, a window of them ahead of the answers, and ends after so many, or when the
 * server ends it.
 */
function streamOnce(prefix, endless) {
  return new Promise((resolve) => {
    const waiting = [];
    let last = 0;
    const stream = stub.authorizeStream(
      metadata,
      endless ? {} : { deadline: Date.now() + DEADLINE },
    );
    const send = () => {
      if (stream.writableEnded) return;
      if (ended || (last === order.messages && !endless)) {
        stream.end();
        return;
      }
      const n = ++last;
      const [name, expected] = resource(n, `${prefix}-${n}.`);
      const checks = n % 20 === 0 ? order.large : 1;
      waiting.push({ id: n, name: `${prefix}-${n}.`, expected, checks });
      const check = { action: "s3:GetObject", resource: name };
      stream.write({
        correlationId: n,
        batch: { context: {}, presenter: "", explain: false,
          checks: Array(checks).fill({ ...check, resourceAccount: "", context: {} }) },
      });
    };
    const end = (name) => {
      count(counts.ends, name);
      if (name === "OK" && waiting.length > 0) {
        count(counts.faults, "answers are missing at the end");
      }
      counts.unanswered.push(...waiting.map((one) => one.name));
      resolve();
    };
    stream.on("data", (answer) => {
      const fault = wrong(answer, waiting[0]);
      if (fault !== undefined) {
        count(counts.faults, fault);
        stream.cancel();
        return;
      }
      waiting.shift();
      count(counts.streamed, answer.batch.registryRevision);
      send();
    });
    stream.on("error", () => {}); // `status` follows
    stream.on("status", (done) => end(done.code === status.OK ? "OK" : told(done)));
    for (let i = 0; i < order.window; ++i) send();
  });
}

async function stream(worker) {
  for (let round = 0; !ended; ++round) {
    await streamOnce(`stream-node-${worker}-${round}`, worker % 2 === 1);
  }
}

const report = (last) => console.log(JSON.stringify({ ...counts, last }));

const workers = [
  ...Array.from({ length: order.calls }, call),
  ...Array.from({ length: order.streams }, (_, i) => stream(i)),
];
const input = createInterface({ input: process.stdin });
input.on("line", () => report(false));
input.on("close", async () => {
  ended = true;
  await Promise.all(workers);
  report(true);
  stub.close();
});
