/**
 * Rolegate before the handlers of an Express service, version 4 or 5, and of
 * whatever else takes a `(req, res, next)`.
 *
 * ```ts
 * import { accessOf, guard } from "@rolegate/client/express";
 *
 * app.use(
 *   guard(await fromEnvironment(), [
 *     { method: "GET", path: "/healthz", public: true },
 *     { method: "GET", path: "/orders/{id}", action: "orders:GetOrder",
 *       resource: "arn:aws:orders:::order/{id}" },
 *   ]),
 * );
 * app.get("/orders/:id", (req, res) => res.json(accessOf(req)?.decision));
 * ```
 *
 * @packageDocumentation
 */
import type { IncomingMessage, ServerResponse } from "node:http";

import type { Context } from "./decision.js";
import {
  ACCESS,
  Guard,
  NO_RULE,
  type Access,
  type Asker,
  type GuardOptions,
  type Refusal,
} from "./guard.js";
import { HttpEntry, splitPath } from "./path.js";
import { parseTable, type Rule } from "./rules.js";

export type { Access, Asker, GuardOptions, Refusal } from "./guard.js";
export type { Rule } from "./rules.js";

/** A request of Express, or of anything else on `node:http`. */
export interface Request extends IncomingMessage {
  /** The target as it came, where a router has changed `url`. */
  originalUrl?: string;
}

/** A handler of Express. */
export type Handler = (
  request: Request,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** What Rolegate allowed a request; undefined in a public call, and where no
 * guard stood before the handler. */
export function accessOf(request: Request): Access | undefined {
  return (request as Marked)[ACCESS];
}

type Marked = Request & { [ACCESS]?: Access | undefined };

/** What more there is to say to a guard of HTTP. */
export interface HttpGuardOptions<R extends Request = Request> extends GuardOptions {
  /** Adds condition keys that no path has, such as the caller's address. A
   * rule's own context stands above them. Do not take them from headers that
   * callers write. */
  readonly context?: (request: R) => Context;
  /** Answers refused calls, in place of a JSON object with `error`, `message`
   * and `decision_id`. `response.statusCode` and the header `WWW-Authenticate`
   * are set already. */
  readonly onRefusal?: (
    refusal: Refusal,
    request: R,
    response: ServerResponse,
    next: (error?: unknown) => void,
  ) => void;
}

/**
 * Makes a handler that lets a call go on only if the session that it brought
 * may make it, by the first rule that matches. What no rule matches is denied.
 *
 * Rules match the path as the caller sent it, also where a router is mounted.
 * Refused calls are answered with 401, 403, or 503 if Rolegate cannot be asked.
 *
 * @throws Error if the table is wrong; it names the rule by its number.
 */
export function guard(
  asker: Asker,
  rules: readonly Rule[],
  options: HttpGuardOptions = {},
): Handler {
  const table = parseTable(rules, (rule) => new HttpEntry(rule));
  const common = new Guard(asker, options);

  const admit = async (request: Request): Promise<Refusal | undefined> => {
    const path = splitPath(request.originalUrl ?? request.url ?? "");
    const rule = path && table.find((entry) => entry.matches(request.method ?? "", path));
    if (path === undefined || rule === undefined) return NO_RULE;
    if (rule.isPublic) return undefined;
    const question = rule.asks(rule.lookupIn(path));
    if (question === undefined) return NO_RULE;
    const outcome = await common.ask(
      valuesOf(request, common.header),
      question,
      options.context?.(request),
    );
    if ("refusal" in outcome) return outcome.refusal;
    (request as Marked)[ACCESS] = outcome.access;
    return undefined;
  };

  return (request, response, next) => {
    (request as Marked)[ACCESS] = undefined;
    admit(request).then((refusal) => {
      if (refusal === undefined) {
        next();
        return;
      }
      response.statusCode = STATUS[refusal.kind];
      const challenge = CHALLENGE[refusal.kind];
      if (challenge !== undefined) response.setHeader("WWW-Authenticate", challenge);
      if (options.onRefusal === undefined) answer(response, refusal);
      else options.onRefusal(refusal, request, response, next);
    }, next);
  };
}

const STATUS = { "no-token": 401, "bad-token": 401, denied: 403, unavailable: 503 } as const;

const CHALLENGE: Partial<Record<Refusal["kind"], string>> = {
  "no-token": "Bearer",
  "bad-token": 'Bearer error="invalid_token"',
};

/** All values of a header. Node keeps only the first of some in `headers`. */
function valuesOf(request: IncomingMessage, name: string): string[] {
  const { rawHeaders } = request;
  if (rawHeaders.length === 0) {
    // No request of Node's own parser, but one that an adapter made.
    return [request.headers[name] ?? []].flat();
  }
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name);
}

function answer(response: ServerResponse, { name, message, decisionId }: Refusal): void {
  response.setHeader("Content-Type", "application/json");
  response.setHeader("Cache-Control", "no-store");
  response.end(JSON.stringify({ error: name, message, decision_id: decisionId }) + "\n");
}
