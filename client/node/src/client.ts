import { readFileSync } from "node:fs";
import {
  credentials,
  Metadata,
  type CallOptions,
  type ChannelCredentials,
  type ChannelOptions,
  type ClientUnaryCall,
  type ServiceError,
} from "@grpc/grpc-js";

import { errorOf } from "./errors.js";
import { AuthorizationServiceClient } from "./gen/rolegate/v1/authorization.js";
import { RegistryServiceClient } from "./gen/rolegate/v1/registry.js";
import { SecurityTokenServiceClient } from "./gen/rolegate/v1/security_token.js";
import {
  assumeRole,
  assumeRoleWithSAML,
  assumeRoleWithWebIdentity,
  type AssumeRoleOptions,
  type AssumeRoleWithSAMLOptions,
  type AssumeRoleWithWebIdentityOptions,
} from "./assume.js";
import { Session } from "./session.js";

/** How to reach a server, and who calls. */
export interface ClientOptions {
  /** A file in PEM whose certificates the server's must come from, in place of
   * the system's. */
  ca?: string;
  /** A file in PEM with a client certificate, for mTLS. */
  cert?: string;
  /** A file in PEM with its key. */
  key?: string;
  /** Whether to do without TLS. By default only Unix sockets and loopback are
   * spoken to without it. */
  plaintext?: boolean;
  /** Who calls, a user's ARN or `service:NAME`, where the listener lets callers
   * say it. */
  principal?: string;
  /** A session that is the caller, or a token of an issuer that the listener
   * maps. */
  sessionToken?: string;
  /** The deadline of every call in seconds, tries included. Default 5. */
  timeout?: number;
  /** Options of gRPC's channel, over those that the client sets. */
  channelOptions?: ChannelOptions;
}

// Calls that found no server, and those that came too early, are tried again
// within their deadline; nothing else is.  The service tells gRPC not to try
// again what would fail again.
const SERVICE_CONFIG = JSON.stringify({
  loadBalancingConfig: [{ round_robin: {} }],
  methodConfig: [
    {
      name: [{}],
      retryPolicy: {
        maxAttempts: 5,
        initialBackoff: "0.2s",
        maxBackoff: "2s",
        backoffMultiplier: 2,
        retryableStatusCodes: ["UNAVAILABLE", "RESOURCE_EXHAUSTED"],
      },
    },
  ],
});

const CHANNEL_OPTIONS: ChannelOptions = {
  "grpc.service_config": SERVICE_CONFIG,
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 10_000,
  // A server that comes back is found within the calls' deadlines.
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 1_000,
};

/** Who somebody is, in AWS's terms. */
export interface Identity {
  /** Twelve digits; empty for a service principal. */
  readonly account: string;
  /** The ARN, or a service principal's name. */
  readonly arn: string;
  /** aws:userid. */
  readonly userId: string;
}

/** One unary method of a stub. */
export type Method<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Response) => void,
) => ClientUnaryCall;

/** A connection to a server, and who calls over it. */
export class Client {
  readonly #options: ClientOptions;
  /** @internal */
  readonly sts: SecurityTokenServiceClient;
  /** @internal */
  readonly authorization: AuthorizationServiceClient;
  readonly #registry: RegistryServiceClient;

  /**
   * @param target `HOST:PORT`, `dns:///NAME:PORT`, whose calls are spread over
   *   all its addresses, or `unix:/path`. Does not wait for the server.
   */
  constructor(target: string, options: ClientOptions = {}) {
    this.#options = options;
    const transport = transportOf(target, options);
    const channel = { ...CHANNEL_OPTIONS, ...options.channelOptions };
    this.sts = new SecurityTokenServiceClient(target, transport, channel);
    const shared = { ...channel, channelOverride: this.sts.getChannel() };
    this.authorization = new AuthorizationServiceClient(target, transport, shared);
    this.#registry = new RegistryServiceClient(target, transport, shared);
  }

  /** Ends the connection. Sessions of the client are of no more use. */
  close(): void {
    this.sts.close();
  }

  /** A session of a role, which renews itself before it ends. */
  assumeRole(options: AssumeRoleOptions): Promise<Session> {
    return Session.start(this, assumeRole(this, options), options.renewBefore);
  }

  /** A session for the holder of an identity provider's token. Needs no other
   * caller. A token file is read again at each renewal. */
  assumeRoleWithWebIdentity(options: AssumeRoleWithWebIdentityOptions): Promise<Session> {
    return Session.start(this, assumeRoleWithWebIdentity(this, options), options.renewBefore);
  }

  /** A session for the subject of a SAML response. Needs no other caller. A
   * response is good for minutes, so that such a session is used until it ends
   * rather than renewed. */
  assumeRoleWithSAML(options: AssumeRoleWithSAMLOptions): Promise<Session> {
    return Session.start(this, assumeRoleWithSAML(this, options), options.renewBefore);
  }

  /** The session that somebody brought, to ask what they may do. This client
   * stays the caller; the session is what is asked about. An empty token is
   * nobody's: each question about it ends in `InvalidClientTokenId`. */
  forToken(sessionToken: string): Session {
    return Session.about(this, sessionToken);
  }

  /** The client's own caller, who asks about itself. */
  caller(): Session {
    return Session.about(this);
  }

  /** Who is calling. */
  getCallerIdentity(): Promise<Identity> {
    return this.caller().getCallerIdentity();
  }

  /** The service's public keys, a JSON Web Key Set. */
  async getSigningKeys(): Promise<string> {
    const response = await this.call(this.sts.getSigningKeys.bind(this.sts), {});
    return response.jwks;
  }

  /** The record of a refusal, for administrators. */
  async decodeAuthorizationMessage(encodedMessage: string): Promise<Record<string, unknown>> {
    const response = await this.call(this.sts.decodeAuthorizationMessage.bind(this.sts), {
      encodedMessage,
    });
    return JSON.parse(response.decodedMessage) as Record<string, unknown>;
  }

  /** The revisions of the registry, the present one first. Ends with an error
   * when the server stops: watch again then. */
  async *watch(options: { signal?: AbortSignal } = {}): AsyncGenerator<string, void, void> {
    const stream = this.#registry.watch({}, this.metadata());
    const cancel = () => stream.cancel();
    options.signal?.addEventListener("abort", cancel, { once: true });
    try {
      for await (const response of stream) yield (response as { revision: string }).revision;
    } catch (error) {
      throw errorOf(error as ServiceError);
    } finally {
      options.signal?.removeEventListener("abort", cancel);
      stream.cancel();
    }
  }

  /** Who is calling: the session, else what the client was told.
   * @internal */
  metadata(sessionToken = this.#options.sessionToken): Metadata {
    const metadata = new Metadata();
    if (sessionToken) {
      metadata.set("authorization", `Bearer ${sessionToken}`);
    } else if (this.#options.principal) {
      metadata.set("rolegate-principal", this.#options.principal);
    }
    return metadata;
  }

  /** @internal */
  call<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    metadata = this.metadata(),
  ): Promise<Response> {
    const deadline = Date.now() + (this.#options.timeout ?? 5) * 1000;
    return new Promise((resolve, reject) => {
      method(request, metadata, { deadline }, (error, response) => {
        if (error) reject(errorOf(error));
        else resolve(response);
      });
    });
  }
}

function transportOf(target: string, options: ClientOptions): ChannelCredentials {
  const plaintext = options.plaintext ?? (isLocal(target) && !options.ca && !options.cert);
  if (plaintext) return credentials.createInsecure();
  const read = (path?: string) => (path ? readFileSync(path) : null);
  return credentials.createSsl(read(options.ca), read(options.key), read(options.cert));
}

function isLocal(target: string): boolean {
  const host = target.replace(/^dns:\/\/\//, "");
  return target.startsWith("unix:") || /^(127\.|localhost:|\[::1\]:)/.test(host);
}
