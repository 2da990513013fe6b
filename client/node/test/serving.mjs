// Services that the driver guards; client/conformance/README.md says what they answer.
import { createServer } from "node:http";

import { Server } from "@grpc/grpc-js";
import * as http from "@rolegate/client/express";
import * as grpc from "@rolegate/client/grpc";
import express5 from "express";
import express4 from "express4";

import { listen, stubs } from "./fake.mjs";

const EXPRESS = { "express 4": express4, "express 5": express5 };

export const FRAMEWORKS = {
  http: Object.keys(EXPRESS),
  grpc: ["grpc-js"],
  sees_messages: ["grpc-js"],
  hides_repeats: ["grpc-js"],
};

export async function serve(framework, client, rules, options) {
  const service = { handled: 0, address: "", stop: () => {} };
  const told = (access) => {
    service.handled += 1;
    return [access?.action ?? "", access?.resource ?? "", access?.decision.decisionId ?? ""];
  };
  if (framework === "grpc-js") {
    const server = new Server({ interceptors: [grpc.guard(client, rules, options)] });
    server.addService(
      stubs.RegistryServiceService,
      registry((call) => told(grpc.accessOf(call))),
    );
    service.address = `127.0.0.1:${await listen(server)}`;
    service.stop = () => server.forceShutdown();
    return service;
  }
  const app = EXPRESS[framework]();
  app.use(http.guard(client, rules, options));
  app.use((request, response) => {
    const [action, resource, decision_id] = told(http.accessOf(request));
    response.json({ action, resource, decision_id });
  });
  const server = createServer({ maxHeaderSize: 256 * 1024 }, app);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  service.address = `127.0.0.1:${server.address().port}`;
  service.stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return service;
}

function registry(told) {
  const role = (call) => {
    const [arn, roleName, roleId] = told(call);
    return { arn, roleName, roleId };
  };
  const revision = (call) => ({ revision: told(call)[2] });
  return {
    getRole: (call, callback) =>
      callback(null, stubs.GetRoleResponse.fromPartial({ role: role(call) })),
    listRoles: (call, callback) =>
      callback(null, stubs.ListRolesResponse.fromPartial({ roles: [role(call)] })),
    getStatus: (call, callback) =>
      callback(null, stubs.GetStatusResponse.fromPartial(revision(call))),
    reload: (call, callback) => callback(null, stubs.ReloadResponse.fromPartial(revision(call))),
    watch(call) {
      call.write(revision(call));
      call.end();
    },
  };
}
