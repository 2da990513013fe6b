import { Decision as Verdict, type Explanation } from "./gen/rolegate/v1/decision.js";
import type { ContextValues } from "./gen/rolegate/v1/context.js";
import type { Duration } from "./gen/google/protobuf/duration.js";

/** Condition keys with their values, one or several each. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

/** One question of many. */
export interface Check {
  /** `service:Name` without wildcards. */
  readonly action: string;
  /** An ARN, or `*` for an action that has none. */
  readonly resource: string;
  /** Added to the common context; replaces keys that are in both. */
  readonly context?: Context;
}

/** An answer. */
export interface Decision {
  /** Whether the session may. */
  readonly allowed: boolean;
  /** A statement denies; without it nothing allowed. */
  readonly explicit: boolean;
  /** The decision in a sentence. */
  readonly reason: string;
  /** Its name in the audit log. */
  readonly decisionId: string;
  /** What decided. */
  readonly registryRevision: string;
  /** A denial's record, sealed for administrators. */
  readonly encodedMessage: string;
  /** For how many seconds an equal question may be answered from a cache;
   * absent: not at all. */
  readonly cacheableFor?: number;
  /** What the answer depends on. */
  readonly contextKeysRead: readonly string[];
  /** Why, where it was asked for. */
  readonly explanation?: Explanation;
}

interface Answer {
  decision: Verdict;
  reason: string;
  decisionId: string;
  encodedMessage: string;
  explanation?: Explanation | undefined;
  cacheableFor?: Duration | undefined;
  contextKeysRead?: string[];
}

export function decisionOf(answer: Answer, registryRevision: string): Decision {
  const { cacheableFor, explanation } = answer;
  return {
    allowed: answer.decision === Verdict.DECISION_ALLOW,
    explicit: answer.decision === Verdict.DECISION_EXPLICIT_DENY,
    reason: answer.reason,
    decisionId: answer.decisionId,
    registryRevision,
    encodedMessage: answer.encodedMessage,
    ...(cacheableFor && { cacheableFor: cacheableFor.seconds + cacheableFor.nanos / 1e9 }),
    contextKeysRead: answer.contextKeysRead ?? [],
    ...(explanation && { explanation }),
  };
}

export function contextOf(context: Context = {}): Record<string, ContextValues> {
  return Object.fromEntries(
    Object.entries(context).map(([key, values]) => [
      key,
      { values: typeof values === "string" ? [values] : [...values] },
    ]),
  );
}
