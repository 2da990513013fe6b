// Makes elements.  Whatever text comes from the registry goes through here, so
// that nothing an author writes is markup, and nothing in it is invisible.

const SVG = "http://www.w3.org/2000/svg";

// Characters that change how others are shown, or that cannot be seen.
const HIDDEN =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** The text with what is hidden in it shown by its number. */
export function visible(text) {
  return String(text).replace(
    HIDDEN,
    (c) => `‹U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}›`,
  );
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else if (value === true) {
      element.setAttribute(name, "");
    } else {
      element.setAttribute(name, visible(value));
    }
  }
  append(element, children);
  return element;
}

/** Appends nodes, texts and lists of them; nothing for null and false. */
export function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : visible(child));
  }
}

/** An element of HTML: h("a", {href: "#/"}, "Roles"). */
export function h(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** An element of SVG. */
export function s(name, attributes, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

/** Puts the children in the place of all that the element holds. */
export function replace(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

/** A sentence in which `names` stand between backticks. */
export function prose(text) {
  return text.split("`").map((part, i, all) => (i % 2 === 1 && i < all.length - 1 ? h("code", null, part) : i % 2 === 1 ? `\`${part}` : part));
}

/** "1 role", "2 roles". */
export function count(number, noun, plural = `${noun}s`) {
  return `${Number(number).toLocaleString("en")} ${Number(number) === 1 ? noun : plural}`;
}

/** A moment as `<time>`, in the reader's own time zone. */
export function moment(text) {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return h("span", null, "–");
  return h(
    "time",
    { datetime: text, title: text },
    date.toLocaleString("en-GB", {
      day: "numeric",
      month: "short",
      year: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    }),
  );
}

/** The parts of an ARN that people tell roles apart by. */
export function partsOf(arn) {
  const parts = arn.split(":");
  if (parts.length < 6) return { account: "", name: arn, path: "" };
  const resource = parts.slice(5).join(":");
  const slash = resource.indexOf("/");
  const rest = slash < 0 ? resource : resource.slice(slash + 1);
  const last = rest.lastIndexOf("/");
  return {
    account: parts[4],
    name: last < 0 ? rest : rest.slice(last + 1),
    path: last < 0 ? "/" : `/${rest.slice(0, last + 1)}`,
    kind: slash < 0 ? "" : resource.slice(0, slash),
  };
}

/** The address of a role's page. */
export function roleHref(arn) {
  return `#/roles/${encodeURIComponent(arn)}`;
}

/** A short word with a colour that says the same. */
export function badge(kind, ...text) {
  return h("span", { class: `badge badge-${kind}` }, ...text);
}

/** What stands where something could not be shown, and why. */
export function failure(error) {
  return h(
    "div",
    { class: "notice notice-deny", role: "alert" },
    h("strong", null, error.title ?? "The server gave no answer."),
    h("p", null, prose(error.message)),
  );
}
