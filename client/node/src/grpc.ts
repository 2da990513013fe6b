/**
 * Rolegate before the handlers of a gRPC server.
 *
 * ```ts
 * import { guard } from "@rolegate/client/grpc";
 *
 * const server = new Server({
 *   interceptors: [
 *     guard(await fromEnvironment(), [
 *       { rpc: "/grpc.health.v1.Health/*", public: true },
 *       { rpc: "/shop.v1.OrderService/GetOrder", action: "orders:GetOrder",
 *         resource: "arn:aws:orders:::order/{order_id}" },
 *     ]),
 *   ],
 * });
 * ```
 *
 * @packageDocumentation
 */
import {
  Metadata,
  ServerInterceptingCall,
  status,
  type ServerInterceptor,
  type ServerListener,
} from "@grpc/grpc-js";

import type { Context } from "./decision.js";
import { encodeErrorInfo } from "./errors.js";
import {
  ACCESS,
  Guard,
  NO_RULE,
  UNAVAILABLE,
  type Access,
  type Asker,
  type GuardOptions,
  type Refusal,
} from "./guard.js";
import { Entry, isPlain, parseTable, type Lookup, type Rule } from "./rules.js";

export type { Access, Asker, GuardOptions, Refusal } from "./guard.js";
export type { Rule } from "./rules.js";

/** What more there is to say to a guard of gRPC. */
export interface GrpcGuardOptions extends GuardOptions {
  /** Adds condition keys that no message has, such as the caller's address. A
   * rule's own context stands above them. Do not take them from metadata that
   * callers write. */
  readonly context?: (call: CallInfo) => Context;
}

/** A call before it is decided about. */
export interface CallInfo {
  /** `/package.Service/Method`. */
  readonly rpc: string;
  /** The caller's address, as gRPC says it. */
  readonly peer: string;
  /** What the caller brought. */
  readonly metadata: Metadata;
}

type Marked = Metadata & { [ACCESS]?: Access };

/** What Rolegate allowed a call, by the `call` that its handler gets; undefined
 * in a public call, and where no guard stood before the handler. */
export function accessOf(call: { readonly metadata: Metadata }): Access | undefined {
  return (call.metadata as Marked)[ACCESS];
}

/**
 * Makes an interceptor that lets a call go on only if the session that it
 * brought may make it, by the first rule that matches. What no rule matches is
 * denied, health checks and reflection too.
 *
 * Rolegate is asked once about each call, when it starts. Placeholders name
 * fields of the request, and a method that takes a stream of requests is denied
 * by a rule with placeholders: let its handler ask. Refused calls end with
 * `UNAUTHENTICATED`, `PERMISSION_DENIED`, or `UNAVAILABLE` if Rolegate cannot
 * be asked.
 *
 * HTTP/2 in Node shows only the first of several values of `authorization`,
 * which then stands alone.
 *
 * @throws Error if the table is wrong; it names the rule by its number.
 */
export function guard(
  asker: Asker,
  rules: readonly Rule[],
  options: GrpcGuardOptions = {},
): ServerInterceptor {
  const table = parseTable(rules, (rule) => new RpcEntry(rule));
  const common = new Guard(asker, options);

  return (method, call) => {
    const rpc = method.path;
    const rule = table.find((entry) => entry.matches(rpc));
    let metadata = new Metadata();

    const refuse = (refusal: Refusal) => call.sendStatus(statusOf(refusal));
    const admit = async (lookup: Lookup): Promise<Refusal | undefined> => {
      const question = rule?.asks(lookup);
      if (question === undefined) return NO_RULE;
      const outcome = await common.ask(
        metadata.get(common.header).map(String),
        question,
        options.context?.({ rpc, peer: call.getPeer(), metadata }),
      );
      if ("refusal" in outcome) return outcome.refusal;
      (metadata as Marked)[ACCESS] = outcome.access;
      return undefined;
    };
    // Whatever goes wrong, the handler is not reached.
    const goOn = (lookup: Lookup, next: () => void) => {
      admit(lookup).then(
        (refusal) => (refusal === undefined ? next() : refuse(refusal)),
        (error: unknown) => {
          common.report(error as Error, `${rpc} is refused`);
          refuse(UNAVAILABLE);
        },
      );
    };
    const byMessage = rule !== undefined && rule.placeholders.length > 0;

    const listener: ServerListener = {
      onReceiveMetadata(received, next) {
        metadata = received;
        if (rule === undefined) {
          refuse(NO_RULE);
        } else if (rule.isPublic || (byMessage && !method.requestStream)) {
          next(received);
        } else {
          // A rule with placeholders finds none of them here.
          goOn(NOTHING, () => next(received));
        }
      },
      onReceiveMessage(message, next) {
        if (byMessage && !method.requestStream) goOn(lookupIn(message), () => next(message));
        else next(message);
      },
    };
    return new ServerInterceptingCall(call, { start: (next) => next(listener) });
  };
}

const NOTHING: Lookup = () => undefined;

const FIELD = /^[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*$/;
const RPC = /^(\/[A-Za-z0-9_.]+\/)(?:[A-Za-z0-9_]+|\*)$/;

/** A rule for gRPC. */
class RpcEntry extends Entry {
  readonly key: string;

  constructor(rule: Rule) {
    super(rule, FIELD);
    if (rule.method !== undefined || rule.path !== undefined) {
      throw new Error("`method` and `path` belong in a table for HTTP; a rule for gRPC has `rpc`");
    }
    this.key = rule.rpc ?? "";
    if (!RPC.test(this.key)) {
      throw new Error(
        `the rpc is \`${this.key}\`, expected \`/package.Service/Method\` or \`/package.Service/*\``,
      );
    }
  }

  matches(rpc: string): boolean {
    return this.key === rpc || this.key === rpc.slice(0, rpc.lastIndexOf("/") + 1) + "*";
  }
}

/** The values of a message's fields by their names in the proto file. */
function lookupIn(message: unknown): Lookup {
  return (path) => {
    const value = path.split(".").reduce(fieldOf, message);
    const text =
      typeof value === "bigint" || Number.isSafeInteger(value) || isLong(value)
        ? String(value)
        : value;
    return typeof text === "string" && text !== "" && isPlain(text) ? text : undefined;
  };
}

/** A field, however the generator of the message's class spells it. */
function fieldOf(message: unknown, name: string): unknown {
  if (typeof message !== "object" || message === null) return undefined;
  const fields = message as Record<string, unknown>;
  const camel = name.replace(/_+(.)/g, (_, letter: string) => letter.toUpperCase());
  const getter = fields[`get${camel.charAt(0).toUpperCase()}${camel.slice(1)}`];
  return (
    fields[name] ??
    fields[camel] ??
    (typeof getter === "function" ? getter.call(message) : undefined)
  );
}

/** An integer of 64 bits, as the package long has them. */
function isLong(value: unknown): boolean {
  return typeof value === "object" && value !== null && "__isLong__" in value;
}

const CODE = {
  "no-token": status.UNAUTHENTICATED,
  "bad-token": status.UNAUTHENTICATED,
  denied: status.PERMISSION_DENIED,
  unavailable: status.UNAVAILABLE,
} as const;

function statusOf({ kind, name, message, decisionId }: Refusal) {
  const metadata = new Metadata();
  const code = CODE[kind];
  metadata.set(
    "grpc-status-details-bin",
    Buffer.from(encodeErrorInfo(code, message, name, decisionId)),
  );
  return { code, details: message, metadata };
}
