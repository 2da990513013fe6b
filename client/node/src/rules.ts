/**
 * A rule maps a route of HTTP or a method of gRPC to what is asked about it. A
 * rule for HTTP has `method` and `path`, one for gRPC has `rpc`. The names are
 * those of all languages, so that one JSON file can hold the table of several
 * services.
 */
export interface Rule {
  /** One of HTTP's methods in capitals, or `*` for each. */
  readonly method?: string;
  /** `/orders/{id}`. `{name}` stands for one segment that is not empty;
   * `{name...}` stands for the rest of the path, one segment at least. */
  readonly path?: string;
  /** `/package.Service/Method` or `/package.Service/*`. */
  readonly rpc?: string;
  /** `service:Name` without wildcards. */
  readonly action?: string;
  /** An ARN, or `*` for an action that has none. `{name}` is replaced by what
   * stands there in the path, or by the field of the request message that has
   * this name in its proto file (`customer.id`). */
  readonly resource?: string;
  /** Condition keys and their values, in which placeholders are replaced too. */
  readonly context?: Readonly<Record<string, string>>;
  /** Lets everybody pass, without a session. */
  readonly public?: boolean;
}

/** What a rule asks about one call. */
export interface Question {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string>>;
}

/** Gives the value of a placeholder; undefined if it is not to be had. */
export type Lookup = (name: string) => string | undefined;

/** Literals and the names between them; one literal more than names. */
interface Template {
  readonly literals: readonly string[];
  readonly names: readonly string[];
}

/** A rule that is ready for use. */
export class Entry {
  /** Undefined for a public rule. */
  readonly #asked:
    | { action: string; resource: Template; context: readonly (readonly [string, Template])[] }
    | undefined;
  /** The names of all placeholders. */
  readonly placeholders: readonly string[];

  constructor(rule: Rule, nameForm: RegExp) {
    if (rule.public) {
      const { action, resource, context } = rule;
      if (action !== undefined || resource !== undefined || context !== undefined) {
        throw new Error(
          "a public rule asks nothing, and has neither `action`, nor `resource`, nor `context`",
        );
      }
      this.placeholders = [];
      return;
    }
    if (!ACTION.test(rule.action ?? "")) {
      throw new Error(
        `the action is \`${rule.action ?? ""}\`, expected \`service:Name\` without wildcards`,
      );
    }
    if (!rule.resource) {
      throw new Error("the resource is missing; `*` stands for an action that has none");
    }
    const resource = parseTemplate(rule.resource, nameForm);
    const context = Object.entries(rule.context ?? {}).map(
      ([key, value]) => [key, parseTemplate(value, nameForm)] as const,
    );
    this.#asked = { action: rule.action ?? "", resource, context };
    this.placeholders = [resource, ...context.map(([, value]) => value)].flatMap(
      ({ names }) => names,
    );
  }

  get isPublic(): boolean {
    return this.#asked === undefined;
  }

  /** What is asked; undefined if the value of a placeholder is not to be had. */
  asks(lookup: Lookup): Question | undefined {
    if (this.#asked === undefined) return undefined;
    const resource = fill(this.#asked.resource, lookup);
    if (resource === undefined) return undefined;
    const context: [string, string][] = [];
    for (const [key, template] of this.#asked.context) {
      const value = fill(template, lookup);
      if (value === undefined) return undefined;
      context.push([key, value]);
    }
    return { action: this.#asked.action, resource, context: Object.fromEntries(context) };
  }
}

const ACTION = /^[A-Za-z0-9_.-]+:[A-Za-z0-9_.-]+$/;

function fill({ literals, names }: Template, lookup: Lookup): string | undefined {
  let text = literals[0] ?? "";
  for (const [i, name] of names.entries()) {
    const value = lookup(name);
    if (value === undefined) return undefined;
    text += value + (literals[i + 1] ?? "");
  }
  return text;
}

function parseTemplate(text: string, nameForm: RegExp): Template {
  const literals: string[] = [];
  const names: string[] = [];
  let from = 0;
  for (;;) {
    const opened = text.indexOf("{", from);
    if (opened === -1) return { literals: [...literals, text.slice(from)], names };
    const closed = text.indexOf("}", opened);
    if (closed === -1) {
      throw new Error(`the placeholder \`${text.slice(opened)}\` is not closed`);
    }
    const name = text.slice(opened + 1, closed);
    if (!nameForm.test(name)) {
      throw new Error(
        `the placeholder \`{${name}}\` does not have a name of letters, digits and \`_\``,
      );
    }
    literals.push(text.slice(from, opened));
    names.push(name);
    from = closed + 1;
  }
}

const TYPES: Readonly<Record<keyof Rule, string>> = {
  method: "string",
  path: "string",
  rpc: "string",
  action: "string",
  resource: "string",
  context: "object",
  public: "boolean",
};

// Tables come from JSON and from JavaScript too, where no compiler looks.
function checkTypes(rule: Rule): void {
  for (const [name, value] of Object.entries(rule as Record<string, unknown>)) {
    const expected = Object.hasOwn(TYPES, name) ? TYPES[name as keyof Rule] : undefined;
    if (expected === undefined) throw new Error(`no rule has \`${name}\``);
    if (value !== undefined && (value === null || typeof value !== expected)) {
      throw new TypeError(`\`${name}\` is no ${expected}`);
    }
  }
  for (const [key, value] of Object.entries(rule.context ?? {})) {
    if (typeof value !== "string") throw new TypeError(`the context's \`${key}\` is no string`);
  }
}

/** Reads a table. `parse` makes an entry; entries with the same `key` match the
 * same calls. */
export function parseTable<T extends Entry & { readonly key: string }>(
  rules: readonly Rule[],
  parse: (rule: Rule) => T,
): readonly T[] {
  if (rules.length === 0) {
    throw new Error("the table has no rule, and would deny each call");
  }
  const seen = new Map<string, number>();
  return rules.map((rule, i) => {
    try {
      checkTypes(rule);
      const entry = parse(rule);
      const above = seen.get(entry.key);
      if (above !== undefined) {
        throw new Error(`it can never hold, for rule ${above} matches the same calls`);
      }
      seen.set(entry.key, i + 1);
      return entry;
    } catch (error) {
      throw new Error(`rule ${i + 1}: ${(error as Error).message}`, { cause: error });
    }
  });
}

/** Whether a text has neither control characters nor halves of characters. */
export function isPlain(text: string): boolean {
  return !/[\p{Cc}\p{Cs}]/u.test(text);
}
