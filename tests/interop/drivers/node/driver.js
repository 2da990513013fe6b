// @grpc/grpc-js without anything of ours: asks rolegated, and prints an answer
// a line.
//
//   driver.js TARGET CA TOKEN [CERT KEY]
'use strict';
const fs = require('fs');
const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const REPORT = 'arn:aws:s3:::reports/a';
const SECRET = 'arn:aws:s3:::reports/secret/a';

const [target, ca, token, cert, key] = process.argv.slice(2);
const project = process.env.ROLEGATE_PROJECT;
const load = (...files) => grpc.loadPackageDefinition(loader.loadSync(files, {
  includeDirs: [path.join(project, 'proto'), path.join(project, 'service/proto')],
  enums: String, longs: Number, keepCase: true, defaults: true,
}));
const api = load('rolegate/v1/authorization.proto', 'rolegate/v1/registry.proto').rolegate.v1;
const {Health} = load('health.proto').grpc.health.v1;

const read = (file) => (file ? fs.readFileSync(file) : null);
const credentials = ca === '-' ? grpc.credentials.createInsecure()
  : grpc.credentials.createSsl(read(ca), read(key), read(cert));
const authorization = new api.AuthorizationService(target, credentials);
const registry = new api.RegistryService(target, credentials);
const server = new Health(target, credentials);

function caller(more = {}) {
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  for (const [name, value] of Object.entries(more)) metadata.set(name, value);
  return metadata;
}

const within = (milliseconds) => ({deadline: Date.now() + milliseconds});
const decisionName = (decision) => decision.replace('DECISION_', '');
const names = (answer) =>
  answer.results.map((result) => decisionName(result.decision)).join(',');
const batch = () => ({
  checks: [REPORT, SECRET].map((resource) => ({action: 's3:GetObject', resource})),
});

const unary = (client, method, request, metadata = new grpc.Metadata()) =>
  new Promise((resolve, reject) => {
    client[method](request, metadata, within(10000),
      (error, answer) => (error ? reject(error) : resolve(answer)));
  });

const authorize = async (resource = REPORT, metadata = caller()) => decisionName(
  (await unary(authorization, 'Authorize', {action: 's3:GetObject', resource}, metadata))
    .decision);

const stream = () => new Promise((resolve, reject) => {
  const call = authorization.AuthorizeStream(caller(), within(10000));
  const all = [];
  call.on('data', (answer) => all.push(`${answer.correlation_id}:${names(answer.batch)}`));
  call.on('error', reject);
  call.on('end', () => resolve(all.join(' ')));
  for (const correlation_id of [7, 8]) call.write({correlation_id, batch: batch()});
  call.end();
});

// The first message, and what becomes of the call once it is cancelled.
const giveUp = (call, show) => new Promise((resolve, reject) => {
  let first;
  call.on('data', (message) => {
    first = show(message);
    call.cancel();
  });
  call.on('error', (error) => (first === undefined ? reject(error)
    : resolve(`${first} ${grpc.status[error.code]}`)));
});

const watch = (metadata, milliseconds = 10000) =>
  registry.Watch({}, metadata, within(milliseconds));
const revision = (message) => (message.revision.length >= 32 ? 'revision' : 'none');

async function details() {
  try {
    await authorize(REPORT, new grpc.Metadata());
  } catch (error) {
    const [found] = error.metadata.get('grpc-status-details-bin');
    const known = found !== undefined && found.includes('rolegate.v1');
    return `${grpc.status[error.code]} ${known ? 'True' : 'False'}`;
  }
  return 'no error';
}

const late = () => new Promise((resolve, reject) => {
  const call = watch(caller(), 300);
  call.on('data', () => {});
  call.on('error', reject);
  call.on('end', () => resolve('ended'));
});

async function gzip() {
  const client = new api.AuthorizationService(target, credentials, {
    'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip,
  });
  const answer = await unary(client, 'Authorize',
    {action: 's3:GetObject', resource: REPORT + 'a'.repeat(1000)}, caller());
  client.close();
  return decisionName(answer.decision);
}

const wrongMethod = () => new Promise((resolve, reject) => {
  authorization.makeUnaryRequest('/rolegate.v1.AuthorizationService/Nothing',
    (bytes) => bytes, (bytes) => bytes, Buffer.alloc(0), caller(), within(10000),
    (error, answer) => (error ? reject(error) : resolve(answer)));
});

const cases = cert ? {
  'mTLS': () => giveUp(watch(new grpc.Metadata()), revision),
} : {
  'allow': () => authorize(),
  'deny': () => authorize(SECRET),
  'batch': async () => names(await unary(authorization, 'BatchAuthorize', batch(), caller())),
  'stream': stream,
  'watch': () => giveUp(watch(caller()), revision),
  'health': async () => (await unary(server, 'Check', {})).status,
  'health watch': () => giveUp(server.Watch({}, within(10000)), (message) => message.status),
  'details': details,
  'deadline': late,
  'binary metadata': () => authorize(REPORT, caller({
    'x-trace-bin': Buffer.from(Array.from({length: 256}, (_, i) => i)),
  })),
  'gzip': gzip,
  'over the limit': () => authorize('a'.repeat(2 << 20)),
  'wrong method': wrongMethod,
};

(async () => {
  for (const [name, ask] of Object.entries(cases)) {
    let answer;
    try {
      answer = await ask();
    } catch (error) {
      answer = grpc.status[error.code] ?? String(error);
    }
    console.log(`${name}\t${answer}`);
  }
  process.exit(0);
})();
