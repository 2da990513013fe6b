// The frame of the page: which view is shown, and what the registry is like.

import { get } from "./api.js";
import { badge, count, failure, h, moment, replace } from "./dom.js";
import { showFaults } from "./faults.js";
import { showGenerations } from "./generations.js";
import { showMay } from "./may.js";
import { showRoles } from "./roles.js";

const main = document.getElementById("main");

// How often the page looks whether another generation is in force.
const INTERVAL_MS = 10_000;

const VIEWS = {
  roles: { title: "Roles", show: showRoles },
  may: { title: "May it?", show: showMay },
  generations: { title: "Changes", show: showGenerations },
  faults: { title: "Faults", show: showFaults },
};

/** What the views share. */
const context = {
  status: null,
  about: null,
  /** Names the page in the window's title. */
  setTitle(text) {
    document.title = `${text} · Rolegate console`;
  },
};

/** "#/roles/arn?x=1" → {name: "roles", rest: "arn", parameters}. */
function parseHash(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const slash = path.indexOf("/");
  const name = slash < 0 ? path : path.slice(0, slash);
  let rest = "";
  try {
    rest = slash < 0 ? "" : decodeURIComponent(path.slice(slash + 1));
  } catch {
    rest = "";
  }
  return {
    name: Object.hasOwn(VIEWS, name) ? name : "roles",
    rest,
    parameters: new URLSearchParams(query),
  };
}

let shown = null; // {name, update, close}

async function route(event) {
  const wanted = parseHash(location.hash);
  for (const link of document.querySelectorAll("#views a")) {
    if (link.dataset.view === wanted.name) {
      link.setAttribute("aria-current", "page");
    } else {
      link.removeAttribute("aria-current");
    }
  }
  // A view that is there already takes another role by itself.
  if (shown?.name === wanted.name && shown.update) {
    shown.update(wanted);
    return;
  }
  shown?.close?.();
  context.setTitle(VIEWS[wanted.name].title);
  replace(main);
  window.scrollTo(0, 0);
  main.className = `view-${wanted.name}`;
  shown = { name: wanted.name, ...VIEWS[wanted.name].show(main, context, wanted) };
  // Who came by a link goes on reading where the view begins.
  if (event) main.querySelector("h1")?.focus({ preventScroll: true });
}

function showStatus(status) {
  const held = status.faults.length > 0;
  const place = document.getElementById("registry");
  replace(
    place,
    !status.loaded
      ? badge("deny", "Nothing in force")
      : held
        ? badge("warn", status.held_back ? "Held back" : "Folders held back")
        : badge("allow", "In force"),
    status.loaded &&
      h(
        "span",
        { class: "registry-text" },
        h("code", { title: status.revision }, status.revision.slice(0, 12)),
        " ",
        h("span", { class: "wide-only" }, count(status.counts.roles, "role"), ", since ", moment(status.loaded_at)),
      ),
  );
  const tally = document.getElementById("fault-count");
  tally.hidden = !held;
  tally.textContent = held ? String(status.faults.length) : "";
  tally.setAttribute("aria-label", held ? count(status.faults.length, "fault") : "");
}

async function look() {
  let status;
  try {
    status = await get("/status");
  } catch (error) {
    if (context.status === null) replace(document.getElementById("registry"), badge("deny", error.title));
    throw error;
  }
  const before = context.status;
  context.status = status;
  showStatus(status);
  if (before !== null && before.revision !== status.revision) {
    replace(
      document.getElementById("news"),
      h(
        "p",
        { class: "news" },
        "Another generation is in force. ",
        h("a", { href: "#/generations" }, "See what changed"),
        h("button", { type: "button", onclick: () => location.reload() }, "Show it"),
      ),
    );
  }
  if (before !== null) shown?.refresh?.(status);
}

document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});

async function begin() {
  try {
    const [, about] = await Promise.all([look(), get("/console/api/about")]);
    context.about = about;
    replace(document.getElementById("about"), `Rolegate ${about.version} · you are ${about.caller}`);
  } catch (error) {
    replace(main, h("h1", { tabindex: "-1" }, "The console is closed to you"), failure(error));
    if (error.status === 401 || error.status === 403) return;
    setTimeout(begin, INTERVAL_MS);
    return;
  }
  route();
  window.addEventListener("hashchange", route);
  setInterval(() => {
    if (document.visibilityState === "visible") look().catch(() => {});
  }, INTERVAL_MS);
}

begin();
