// What changed with the last generations.

import { badge, count, h, moment, partsOf, replace, roleHref } from "./dom.js";
import { faultItem } from "./faults.js";

const KINDS = [
  ["roles", "role", "roles"],
  ["users", "user", "users"],
  ["groups", "group", "groups"],
  ["policies", "managed policy", "managed policies"],
  ["files", "file of other things", "files of other things"],
];
const SIGNS = [
  ["added", "+", "allow"],
  ["removed", "−", "deny"],
  ["changed", "~", "warn"],
];

function nameItem(kind, sign, name) {
  const linked = kind === "roles" && sign !== "removed";
  const text = kind === "files" ? name : partsOf(name).name;
  return h("li", { title: name }, linked ? h("a", { href: roleHref(name) }, text) : h("span", null, text), kind !== "files" && h("span", { class: "muted" }, ` ${partsOf(name).account}`));
}

function changesOf(record) {
  const lines = [];
  const chips = [];
  for (const [kind, one, many] of KINDS) {
    for (const [sign, mark, colour] of SIGNS) {
      const { count: number, names } = record.changes[kind][sign];
      if (number === 0) continue;
      chips.push(badge(colour, `${mark}${number} ${number === 1 ? one : many}`));
      lines.push(
        h("dt", null, `${sign[0].toUpperCase()}${sign.slice(1)} ${many}`),
        h("dd", null, h("ul", { class: "names" }, names.map((name) => nameItem(kind, sign, name)), number > names.length && h("li", { class: "muted" }, `and ${number - names.length} more`))),
      );
    }
  }
  return { chips, lines };
}

function recordItem(record) {
  const { chips, lines } = changesOf(record);
  const title = record.in_force ? "In force" : record.from_last_good ? "Held back; an earlier one serves" : "Held back";
  const span = record.times > 1 ? [` ${record.times} times, until `, moment(record.last_read)] : null;
  let words = null;
  if (record.in_force && record.first) {
    words = `The first since the server started: ${count(record.counts.roles, "role")}, ${count(record.counts.users, "user")} in ${count(record.counts.files, "file")}.`;
  } else if (record.in_force && chips.length === 0) {
    words = "The content did not change.";
  }
  return h(
    "li",
    { class: `record record-${record.in_force ? "allow" : "deny"}` },
    h(
      "div",
      { class: "record-head" },
      h("h2", null, moment(record.time), span),
      badge(record.in_force ? "allow" : "deny", title),
      record.revision !== "" && h("code", { title: record.revision }, record.revision.slice(0, 12)),
    ),
    words && h("p", { class: "muted" }, words),
    chips.length > 0 && h("p", { class: "chips" }, chips),
    lines.length > 0 && h("details", { open: lines.length <= 8 && chips.length <= 3 }, h("summary", null, "Names"), h("dl", { class: "facts" }, lines)),
    record.fault_count > 0 &&
      h(
        "details",
        { open: !record.in_force },
        h("summary", null, count(record.fault_count, "fault")),
        h("ul", { class: "faults" }, record.faults.map(faultItem), record.fault_count > record.faults.length && h("li", { class: "muted" }, `and ${record.fault_count - record.faults.length} more; `, h("a", { href: "#/faults" }, "see those of now"))),
      ),
  );
}

export function showGenerations(main, context) {
  const list = h("ol", { class: "records" });
  let drawn = "";
  const draw = () => {
    const now = JSON.stringify(context.status.generations);
    if (now === drawn) return;
    drawn = now;
    replace(list, context.status.generations.map(recordItem));
  };
  draw();
  main.append(
    h("h1", { tabindex: "-1" }, "Changes"),
    h("p", { class: "lead" }, "The last generations of the registry, the newest first. A generation comes in force as a whole or not at all."),
    list,
  );
  return { refresh: draw };
}
