import type { Context, Decision } from "./decision.js";
import type { RolegateError } from "./errors.js";
import type { Question } from "./rules.js";
import type { ErrorListener, Session } from "./session.js";

/** Asks Rolegate about sessions that callers bring. A `Client` asks as whoever
 * its connection is, a `Session` as that session: what `fromEnvironment` gave,
 * for instance. */
export interface Asker {
  /** The session that somebody brought. */
  forToken(sessionToken: string): Session;
}

/** What Rolegate allowed. */
export interface Access {
  /** What was asked about. */
  readonly action: string;
  /** What was asked about. */
  readonly resource: string;
  /** The answer. */
  readonly decision: Decision;
  /** The caller's session, to ask further questions. */
  readonly session: Session;
}

/** Where requests and metadata have their access. Copies of this module, as ESM
 * and as CommonJS, find each other's. */
export const ACCESS: unique symbol = Symbol.for("@rolegate/client.access") as never;

/** What more there is to say to a guard. */
export interface GuardOptions {
  /** The header, in gRPC the metadata, whose whole value is the session token,
   * in place of `authorization` with `Bearer TOKEN`. */
  readonly header?: string;
  /** Hears why calls were refused without a decision; by default
   * `console.warn` does. */
  readonly onError?: ErrorListener;
}

/** Why a call goes no further. */
export interface Refusal {
  /** Why, which says the status: 401, 401, 403 or 503. */
  readonly kind: "no-token" | "bad-token" | "denied" | "unavailable";
  /** AWS's name of the error. */
  readonly name: string;
  /** What the caller is told. */
  readonly message: string;
  /** Of a denial: its name in the audit log. */
  readonly decisionId?: string;
}

export type Outcome = { readonly access: Access } | { readonly refusal: Refusal };

const NO_TOKEN: Refusal = {
  kind: "no-token",
  name: "MissingAuthenticationToken",
  message: "the call brings no session token, or more than one",
};

export const NO_RULE: Refusal = {
  kind: "denied",
  name: "AccessDenied",
  message: "no rule of the service covers this call",
};

const DENIED: Refusal = {
  kind: "denied",
  name: "AccessDenied",
  message: "the session may not make this call",
};

export const UNAVAILABLE: Refusal = {
  kind: "unavailable",
  name: "ServiceUnavailable",
  message: "the authorization service cannot be asked; try again later",
};

const MAX_TOKEN_BYTES = 6 * 1024; // the service never issues a longer one

/** What guards of HTTP and gRPC have in common. */
export class Guard {
  /** In small letters. */
  readonly header: string;
  readonly #asker: Asker;
  readonly #bearer: boolean;
  readonly #onError: ErrorListener;

  constructor(asker: Asker, options: GuardOptions) {
    this.#asker = asker;
    this.#bearer = options.header === undefined;
    this.header = (options.header ?? "authorization").toLowerCase();
    if (!/^[0-9a-z!#$%&'*+.^_`|~-]+$/.test(this.header)) {
      throw new Error(`\`${this.header}\` is no header's name`);
    }
    this.#onError = options.onError ?? ((error, what) => console.warn(`rolegate: ${what}:`, error));
  }

  /** Whether the session in the header's values may do what is asked. Never
   * rejects. */
  async ask(values: readonly string[], question: Question, more?: Context): Promise<Outcome> {
    const token = this.#tokenIn(values);
    if (typeof token !== "string") return { refusal: token };
    const { action, resource } = question;
    try {
      const session = this.#asker.forToken(token);
      const decision = await session.authorize(action, resource, { ...more, ...question.context });
      if (decision.allowed) return { access: { action, resource, decision, session } };
      const { decisionId } = decision;
      return { refusal: decisionId ? { ...DENIED, decisionId } : DENIED };
    } catch (error) {
      return { refusal: this.#refusalOf(error as RolegateError, question) };
    }
  }

  /** Tells what a call was refused for without a decision. */
  report(error: Error, what: string): void {
    try {
      this.#onError(error, what);
    } catch {
      // Listeners do not decide.
    }
  }

  #tokenIn(values: readonly string[]): string | Refusal {
    const [value] = values;
    if (!value || values.length !== 1) return NO_TOKEN;
    const token = this.#bearer ? /^bearer ([^ ].*)$/is.exec(value)?.[1] : value;
    if (token === undefined) return NO_TOKEN;
    if (token.length > MAX_TOKEN_BYTES || !/^[!-~]+$/.test(token)) {
      return refusedToken("InvalidClientTokenId");
    }
    return token;
  }

  #refusalOf(error: RolegateError, { action, resource }: Question): Refusal {
    if (error.name === "ExpiredToken" || error.name === "InvalidClientTokenId") {
      return refusedToken(error.name);
    }
    this.report(error, `${action} on ${JSON.stringify(resource)} is refused without a decision`);
    return error.code === "INVALID_ARGUMENT" ? DENIED : UNAVAILABLE;
  }
}

function refusedToken(name: string): Refusal {
  return {
    kind: "bad-token",
    name,
    message:
      name === "ExpiredToken"
        ? "the session has ended, or was revoked"
        : "the session token is not valid",
  };
}
