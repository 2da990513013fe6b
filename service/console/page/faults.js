// What is wrong with the registry as it was read last, and what deserves a look.

import { append, badge, count, h, moment, prose, replace } from "./dom.js";

const SHOWN = 100;

const COLOURS = { ERROR: "deny", SECURITY_WARNING: "warn", WARNING: "warn", SUGGESTION: "plain" };
const WORDS = { ERROR: "Fault", SECURITY_WARNING: "Security", WARNING: "Warning", SUGGESTION: "Suggestion" };

export function faultItem(fault) {
  const line = Number(fault.line);
  return h(
    "li",
    { class: "fault" },
    h("p", { class: "fault-head" }, badge(COLOURS[fault.severity] ?? "plain", WORDS[fault.severity] ?? fault.severity), h("code", { class: "code" }, fault.code), h("code", { class: "where" }, line > 0 ? `${fault.file}:${line}:${fault.column}` : fault.file)),
    h("p", null, prose(fault.message)),
    fault.path !== "" && h("p", null, h("code", { class: "muted" }, fault.path)),
  );
}

/** A list that begins with a hundred and goes on when asked to. */
function longList(faults) {
  const list = h("ul", { class: "faults" });
  let shown = 0;
  const button = h("button", { type: "button", class: "button", onclick: () => grow() });
  function grow() {
    append(list, faults.slice(shown, shown + SHOWN).map(faultItem));
    shown = Math.min(faults.length, shown + SHOWN);
    button.hidden = shown === faults.length;
    button.textContent = `Show more (${faults.length - shown})`;
  }
  grow();
  return [list, button];
}

function draw(place, status) {
  replace(
    place,
    status.faults.length === 0
      ? h("p", { class: "notice notice-allow" }, h("strong", null, "The registry has no faults."), " What stands in the directory is in force.")
      : h(
          "div",
          { class: "notice notice-deny" },
          h("strong", null, status.held_back ? "The generation is held back as a whole." : status.loaded && status.held_folders.length > 0 ? "Some folders are held back." : "Nothing is in force."),
          h(
            "p",
            null,
            "Since ",
            moment(status.held_back_since),
            status.loaded ? ". The last good generation decides, and revocations of the new one are in force all the same." : ". Every call is refused until a clean generation is there.",
            status.from_last_good && " What is in force was kept by an earlier run of the server.",
          ),
        ),
    status.held_folders.length > 0 && [
      h("h2", null, "Folders with older files"),
      h("ul", { class: "plain" }, status.held_folders.map((folder) => h("li", null, h("code", null, folder.path), " since ", moment(folder.held_since), `, ${count(folder.faults.length, "fault")}`))),
    ],
    status.faults.length > 0 && [h("h2", null, count(status.faults.length, "fault")), longList(status.faults)],
    h("h2", null, status.findings.length === 0 ? "No findings" : count(status.findings.length, "finding")),
    h("p", { class: "muted" }, "What loaded and deserves a look."),
    status.findings.length > 0 && longList(status.findings),
  );
}

export function showFaults(main, context) {
  const place = h("div");
  main.append(h("h1", { tabindex: "-1" }, "Faults"), place);
  draw(place, context.status);
  let drawn = context.status.failed_reloads + context.status.revision + context.status.faults.length;
  return {
    refresh(status) {
      const now = status.failed_reloads + status.revision + status.faults.length;
      if (now === drawn) return;
      drawn = now;
      draw(place, status);
    },
  };
}
