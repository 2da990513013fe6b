// What the client costs over the bare stub that it is made of, in turns; see
// client/conformance/README.md.
import { createRequire } from "node:module";

import { credentials, Metadata } from "@grpc/grpc-js";
import { Client } from "@rolegate/client";

const { AuthorizationServiceClient, AuthorizeRequest } = createRequire(import.meta.url)(
  "../build/stubs.cjs",
);

const ROUNDS = 7;
const ACTION = "s3:GetObject";
const RESOURCE = "arn:aws:s3:::example-bucket/a";

const [target, token, seconds] = process.argv.slice(2);

const stub = new AuthorizationServiceClient(target, credentials.createInsecure());
const session = new Client(target, { plaintext: true, sessionToken: token }).caller();

function byStub() {
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${token}`);
  const request = AuthorizeRequest.fromPartial({ action: ACTION, resource: RESOURCE });
  return new Promise((resolve, reject) => {
    stub.authorize(request, metadata, { deadline: Date.now() + 5000 }, (error, response) =>
      error ? reject(error) : resolve(response),
    );
  });
}

const byClient = () => session.authorize(ACTION, RESOURCE);

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Asks with so many calls in flight. */
async function measure(inFlight, ask) {
  const times = [];
  const end = performance.now() + Number(seconds) * 1000;
  const one = async () => {
    for (let begin = performance.now(); begin < end;) {
      await ask();
      const now = performance.now();
      times.push((now - begin) * 1000);
      begin = now;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  return { p50: median(times), rate: times.length / Number(seconds) };
}

const answer = { client: "node" };
for (const inFlight of [1, 64]) {
  const rounds = { stub: [], client: [] };
  for (let round = 0; round < ROUNDS; ++round) {
    const turns = [
      [rounds.stub, byStub],
      [rounds.client, byClient],
    ];
    for (const [kept, ask] of round % 2 === 0 ? turns : turns.reverse()) {
      kept.push(await measure(inFlight, ask));
    }
  }
  answer[inFlight] = {
    stub_p50_us: median(rounds.stub.map(({ p50 }) => p50)),
    client_p50_us: median(rounds.client.map(({ p50 }) => p50)),
    stub_calls_per_s: median(rounds.stub.map(({ rate }) => rate)),
    client_calls_per_s: median(rounds.client.map(({ rate }) => rate)),
  };
}
console.log(JSON.stringify(answer));
process.exit(0);
