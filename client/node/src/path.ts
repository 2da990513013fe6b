import { Entry, isPlain, type Lookup, type Rule } from "./rules.js";

/** A part of a rule's path: a text, or a placeholder. */
interface Segment {
  readonly text: string;
  readonly name?: string;
  readonly rest?: boolean;
}

const NAME = /^[A-Za-z0-9_]+$/;
const METHOD = /^(?:\*|[A-Z][A-Z-]*)$/;

/** A rule for HTTP. */
export class HttpEntry extends Entry {
  readonly #method: string;
  readonly #segments: readonly Segment[];
  readonly key: string;

  constructor(rule: Rule) {
    super(rule, NAME);
    if (rule.rpc !== undefined) {
      throw new Error("`rpc` belongs in a table for gRPC; a rule for HTTP has `method` and `path`");
    }
    this.#method = rule.method ?? "";
    if (!METHOD.test(this.#method)) {
      throw new Error(`the method is \`${this.#method}\`, expected one in capitals, or \`*\``);
    }
    const path = rule.path ?? "";
    this.#segments = parsePath(path);
    for (const name of this.placeholders) {
      if (!this.#segments.some((segment) => segment.name === name)) {
        throw new Error(`the path \`${path}\` has no placeholder \`${name}\``);
      }
    }
    const parts = this.#segments.map(({ text, name, rest }) =>
      rest ? "{...}" : name === undefined ? text : "{}",
    );
    this.key = `${this.#method} /${parts.join("/")}`;
  }

  /** Whether the rule is for the method and the path's segments. */
  matches(method: string, path: readonly string[]): boolean {
    if (this.#method !== "*" && this.#method !== method) return false;
    for (const [i, { text, name, rest }] of this.#segments.entries()) {
      const found = path[i];
      if (found === undefined) return false;
      if (name === undefined ? found !== text : found === "") return false;
      if (rest) return true;
    }
    return path.length === this.#segments.length;
  }

  /** The values of placeholders in a path that the rule matches. */
  lookupIn(path: readonly string[]): Lookup {
    return (name) => {
      const at = this.#segments.findIndex((segment) => segment.name === name);
      return this.#segments[at]?.rest ? path.slice(at).join("/") : path[at];
    };
  }
}

function parsePath(path: string): Segment[] {
  if (!path.startsWith("/")) {
    throw new Error(`the path is \`${path}\`, expected a \`/\` at its beginning`);
  }
  const names = new Set<string>();
  const parts = path.slice(1).split("/");
  return parts.map((text, i): Segment => {
    const last = i === parts.length - 1;
    if (text === "" && !last) {
      throw new Error(`the path \`${path}\` has an empty segment before its end`);
    }
    if (!/[{}]/.test(text)) return { text };
    const found = /^\{(.*?)(\.\.\.)?\}$/.exec(text);
    if (found === null) {
      throw new Error(`the segment \`${text}\` is neither a text nor a placeholder \`{name}\``);
    }
    const name = found[1] ?? "";
    const rest = found[2] !== undefined;
    if (!NAME.test(name)) {
      throw new Error(
        `the placeholder \`${text}\` does not have a name of letters, digits and \`_\``,
      );
    }
    if (rest && !last) {
      throw new Error(
        `the placeholder \`${text}\` stands for the rest of the path, and must be last`,
      );
    }
    if (names.has(name)) {
      throw new Error(`the path \`${path}\` has the placeholder \`${name}\` twice`);
    }
    names.add(name);
    return { text, name, rest };
  });
}

/** The segments of a request's target, each decoded once; undefined for a target
 * that not every server reads alike. */
export function splitPath(target: string): string[] | undefined {
  const end = target.indexOf("?");
  const path = end === -1 ? target : target.slice(0, end);
  // Visible ASCII without # and \.
  if (!/^\/[!"$-[\]-~]*$/.test(path)) return undefined;
  const parts = path.slice(1).split("/");
  const segments: string[] = [];
  for (const [i, part] of parts.entries()) {
    if (part === "" && i !== parts.length - 1) return undefined;
    const segment = decode(part);
    if (segment === undefined || !isPlain(segment) || /[/\\]/.test(segment)) return undefined;
    // Some servers take what follows a semicolon for parameters.
    if (/^\.\.?(?:;|$)/.test(segment)) return undefined;
    segments.push(segment);
  }
  return segments;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined; // not UTF-8, or a percent sign alone
  }
}
