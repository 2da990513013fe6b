import type { Metadata, ServiceError } from "@grpc/grpc-js";

import type { Assume, Credentials } from "./assume.js";
import type { Client, Identity } from "./client.js";
import { contextOf, decisionOf, type Check, type Context, type Decision } from "./decision.js";
import { errorOf, RolegateError } from "./errors.js";
import type {
  AuthorizeStreamResponse,
  BatchAuthorizeRequest,
  BatchAuthorizeResponse,
} from "./gen/rolegate/v1/authorization.js";

// A session is renewed once this part of its life has passed.
const RENEW_AT = 0.8;

// After a renewal that failed the next one is tried so much later.
const RETRY_AFTER_MS = 1000;

/** What more a question may say. */
export interface AuthorizeOptions {
  /** The account that owns the resource, where its ARN does not say it. */
  resourceAccount?: string;
  /** Ask why. Needs rolegate:Explain. */
  explain?: boolean;
}

/** Hears of errors that `isAllowed` turned into a denial, and of sessions that
 * were not renewed. */
export type ErrorListener = (error: Error, what: string) => void;

/** A role's session, or somebody's that was brought, and what it may do. */
export class Session {
  /** The connection that the session uses. */
  readonly client: Client;
  /** Hears what went wrong where no error is thrown; by default
   * `console.warn` does. */
  onError: ErrorListener = (error, what) => console.warn(`rolegate: ${what}:`, error);

  readonly #subject: string | undefined;
  readonly #asker: Session | undefined;
  readonly #assume: Assume | undefined;
  readonly #renewBefore: number | undefined;
  #present: Credentials | undefined;
  #renewAt = 0;
  #renewal: Promise<Credentials> | undefined;

  private constructor(
    client: Client,
    about: { subject?: string | undefined; asker?: Session | undefined },
    assume?: Assume,
    renewBefore?: number,
  ) {
    this.client = client;
    this.#subject = about.subject;
    this.#asker = about.asker;
    this.#assume = assume;
    this.#renewBefore = renewBefore;
  }

  /** @internal */
  static async start(client: Client, assume: Assume, renewBefore?: number): Promise<Session> {
    const session = new Session(client, {}, assume, renewBefore);
    session.#keep(await assume());
    return session;
  }

  /** @internal */
  static about(client: Client, subject?: string): Session {
    return new Session(client, { subject });
  }

  /** The session that somebody brought, to ask what they may do, as
   * `Client.forToken` is. This session is the caller. */
  forToken(sessionToken: string): Session {
    const asker = this.#subject === undefined ? this : this.#asker;
    return new Session(this.client, { subject: sessionToken, asker });
  }

  /**
   * The session's present credentials, renewed if that is due.
   *
   * All who ask while it is renewed wait for the one renewal. A session that is
   * still good stays when it cannot be renewed; the next try comes a second
   * later.
   */
  async credentials(): Promise<Credentials> {
    if (this.#assume === undefined || this.#present === undefined) {
      throw new TypeError("the session was brought by somebody; it has no credentials of its own");
    }
    if (Date.now() < this.#renewAt) return this.#present;
    this.#renewal ??= this.#renew(this.#assume, this.#present).finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #renew(assume: Assume, before: Credentials): Promise<Credentials> {
    try {
      return this.#keep(await assume());
    } catch (error) {
      if (Date.now() >= before.expiresAt.getTime()) throw error;
      this.#renewAt = Date.now() + RETRY_AFTER_MS;
      this.onError(error as Error, `a session of ${before.arn} is not renewed`);
      return before;
    }
  }

  #keep(credentials: Credentials): Credentials {
    const end = credentials.expiresAt.getTime();
    this.#present = credentials;
    this.#renewAt =
      this.#renewBefore === undefined
        ? Date.now() + (end - Date.now()) * RENEW_AT
        : end - this.#renewBefore * 1000;
    return credentials;
  }

  async #metadata(): Promise<Metadata> {
    if (this.#asker !== undefined) return this.#asker.#metadata();
    return this.#assume === undefined
      ? this.client.metadata()
      : this.client.metadata((await this.credentials()).sessionToken);
  }

  /**
   * Whether the session may do `action` on `resource`. A denial is an answer
   * and no error.
   *
   * @throws RolegateError where there is no answer.
   */
  async authorize(
    action: string,
    resource: string,
    context: Context = {},
    options: AuthorizeOptions = {},
  ): Promise<Decision> {
    const stub = this.client.authorization;
    const response = await this.client.call(
      stub.authorize.bind(stub),
      {
        sessionToken: this.#subject,
        action,
        resource,
        resourceAccount: options.resourceAccount ?? "",
        context: contextOf(context),
        presenter: "",
        explain: options.explain ?? false,
      },
      await this.#metadata(),
    );
    return decisionOf(response, response.registryRevision);
  }

  /** Whether the session may. Errors are denials, and `onError` hears them. */
  async isAllowed(
    action: string,
    resource: string,
    context: Context = {},
    options: AuthorizeOptions = {},
  ): Promise<boolean> {
    try {
      return (await this.authorize(action, resource, context, options)).allowed;
    } catch (error) {
      this.onError(error as Error, `${action} on ${resource} is denied without an answer`);
      return false;
    }
  }

  /** The answers to many checks on one revision, in their order. Refused whole
   * if one is malformed. */
  async authorizeMany(checks: readonly Check[], context: Context = {}): Promise<Decision[]> {
    const stub = this.client.authorization;
    return decisionsOf(
      await this.client.call(
        stub.batchAuthorize.bind(stub),
        this.#batch(checks, context),
        await this.#metadata(),
      ),
    );
  }

  /** The answers to batch after batch, over one call, in their order. */
  async *authorizeStream(
    batches: Iterable<readonly Check[]> | AsyncIterable<readonly Check[]>,
    context: Context = {},
  ): AsyncGenerator<Decision[], void, void> {
    const stream = this.client.authorization.authorizeStream(await this.#metadata());
    let failed: unknown;
    const asking = (async () => {
      let correlationId = 0;
      for await (const checks of batches) {
        const request = { correlationId: correlationId++, batch: this.#batch(checks, context) };
        if (!stream.write(request)) {
          await new Promise((resolve) => stream.once("drain", resolve).once("close", resolve));
        }
      }
      stream.end();
    })().catch((error: unknown) => {
      failed = error;
      stream.cancel();
    });
    try {
      for await (const message of stream) {
        const { batch, error } = message as AuthorizeStreamResponse;
        if (error) throw new RolegateError(error.code, "", error.message);
        if (batch) yield decisionsOf(batch);
      }
      await asking;
    } catch (error) {
      // What the caller's own iterable threw is thrown as it is.
      // eslint-disable-next-line @typescript-eslint/only-throw-error
      if (failed !== undefined) throw failed;
      if (error instanceof RolegateError) throw error;
      throw errorOf(error as ServiceError);
    } finally {
      stream.cancel();
    }
  }

  /** Who the session is. */
  async getCallerIdentity(): Promise<Identity> {
    const stub = this.client.sts;
    const { account, arn, userId } = await this.client.call(
      stub.getCallerIdentity.bind(stub),
      {},
      await this.#metadata(),
    );
    return { account, arn, userId };
  }

  #batch(checks: readonly Check[], context: Context): BatchAuthorizeRequest {
    return {
      sessionToken: this.#subject,
      context: contextOf(context),
      checks: checks.map((check) => ({
        action: check.action,
        resource: check.resource,
        resourceAccount: "",
        context: contextOf(check.context),
      })),
      presenter: "",
      explain: false,
    };
  }
}

function decisionsOf(response: BatchAuthorizeResponse): Decision[] {
  return response.results.map((result) => decisionOf(result, response.registryRevision));
}
