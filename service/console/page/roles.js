// The roles: a list to search, and one of them with its trust.

import { get } from "./api.js";
import { showAssumes } from "./assumes.js";
import { append, count, failure, h, partsOf, replace, roleHref } from "./dom.js";
import { makeGraph } from "./graph.js";
import { LongList } from "./list.js";
import { trustStatement } from "./statement.js";

const DEBOUNCE_MS = 80;

export function showRoles(main, context, wanted) {
  const detail = h("section", { class: "detail", "aria-label": "Role" });
  const found = h("p", { class: "found", role: "status", "aria-live": "polite" });
  const search = h("input", {
    type: "search",
    id: "search",
    placeholder: "Name, path or account",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    "aria-controls": "role-list",
    oninput: () => {
      clearTimeout(timer);
      timer = setTimeout(() => list.restart(), DEBOUNCE_MS);
    },
    onkeydown: (event) => {
      if (event.key !== "ArrowDown") return;
      event.preventDefault();
      list.element.focus();
    },
  });
  let timer;
  let total = 0;
  const list = new LongList({
    label: "Roles",
    rowHeight: 56,
    async fetchPage(offset, limit, signal) {
      const page = await get("/console/api/roles", { q: search.value, offset, limit }, signal);
      total = page.total;
      return { rows: page.roles, matches: page.matches };
    },
    keyOf: (role) => role.arn,
    makeRow(role) {
      const parts = partsOf(role.arn);
      return [
        h("span", { class: "row-name" }, role.role_name),
        h("span", { class: "row-more" }, parts.account, parts.path === "/" ? "" : ` · ${parts.path}`),
      ];
    },
    onOpen(role) {
      location.hash = roleHref(role.arn);
    },
    onCount(matches) {
      found.textContent =
        search.value.trim() === "" ? count(total, "role") : `${count(matches, "role")} of ${total.toLocaleString("en")}`;
    },
    onError(error) {
      replace(found, failure(error));
    },
  });
  list.element.id = "role-list";
  append(main, [
    h(
      "section",
      { class: "finder", "aria-label": "Find a role" },
      h("h1", { tabindex: "-1" }, "Roles"),
      h("div", { class: "search" }, h("label", { for: "search" }, "Search"), search),
      found,
      list.element,
    ),
    detail,
  ]);
  list.restart();

  let asked = new AbortController();
  async function open(arn) {
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    main.classList.toggle("has-selection", arn !== "");
    list.setSelected(arn);
    if (arn === "") {
      context.setTitle("Roles");
      replace(
        detail,
        h(
          "div",
          { class: "empty" },
          h("h2", null, "Who may assume what"),
          h("p", null, "Choose a role to see whom it trusts, what its sessions may assume in turn, and under which conditions."),
        ),
      );
      return;
    }
    context.setTitle(partsOf(arn).name);
    detail.setAttribute("aria-busy", "true");
    try {
      const role = await get("/console/api/role", { arn }, signal);
      if (!signal.aborted) showRole(detail, role);
    } catch (error) {
      if (error.name !== "AbortError") replace(detail, backLink(), failure(error));
    }
    detail.removeAttribute("aria-busy");
  }
  open(wanted.rest);
  return {
    update: (next) => open(next.rest).then(() => detail.querySelector("h2")?.focus({ preventScroll: false })),
    close: () => {
      clearTimeout(timer);
      asked.abort();
      list.close();
    },
  };
}

function backLink() {
  return h("a", { class: "back", href: "#/roles" }, "← All roles");
}

function fact(name, ...value) {
  return [h("dt", null, name), h("dd", null, ...value)];
}

function duration(seconds) {
  if (seconds % 3600 === 0) return count(seconds / 3600, "hour");
  return seconds % 60 === 0 ? count(seconds / 60, "minute") : count(seconds, "second");
}

/** The roles that trust the whole account, fetched when somebody wants them. */
function accountRoles(account) {
  const place = h("div", { class: "assumes", "aria-live": "polite" });
  return h(
    "details",
    {
      ontoggle: (event) => {
        if (event.target.open && !place.hasChildNodes()) showAssumes(place, "account", account, `Account ${account}`);
      },
    },
    h("summary", null, `What all of account ${account} may assume`),
    place,
  );
}

function showRole(detail, answer) {
  const { role } = answer;
  const parts = partsOf(role.arn);
  const graph = h("div", { class: "graph-place" });
  replace(
    detail,
    backLink(),
    h(
      "div",
      { class: "detail-head" },
      h("div", null, h("h2", { tabindex: "-1" }, role.role_name), h("code", { class: "arn" }, role.arn)),
      h("a", { class: "button", href: `#/may?principal=${encodeURIComponent(role.arn)}` }, "May it…?"),
    ),
    h(
      "dl",
      { class: "facts" },
      fact("Account", answer.account),
      parts.path !== "/" && fact("Path", parts.path),
      fact("Longest session", duration(role.max_session_duration)),
      fact("Policies", answer.policies.length === 0 ? "none" : h("ul", { class: "plain" }, answer.policies.map((p) => h("li", null, h("code", null, p))))),
      answer.permissions_boundary_arn !== "" && fact("Boundary", h("code", null, answer.permissions_boundary_arn)),
      answer.tags.length > 0 && fact("Tags", h("ul", { class: "plain" }, answer.tags.map((t) => h("li", null, h("code", null, `${t.key} = ${t.value}`))))),
      fact("File", h("code", null, answer.file)),
    ),
    h("h3", { id: "graph-title" }, "Trust"),
    h(
      "p",
      { class: "muted" },
      `${count(answer.into_count, "principal")} named in its trust policy; its sessions are named by ${count(answer.from_count, "other role", "other roles")}.`,
      answer.account_count > 0 &&
        ` ${count(answer.account_count, "role")} trust${answer.account_count === 1 ? "s" : ""} all of account ${answer.account}, so this one may assume ${answer.account_count === 1 ? "it" : "them"} if its own policies allow it.`,
    ),
    answer.account_count > 0 && accountRoles(answer.account),
    graph,
    h("h3", null, "Trust policy"),
    h("ol", { class: "statements" }, answer.trust.map((statement) => h("li", null, trustStatement(statement, answer.file)))),
    answer.trust_count > answer.trust.length && h("p", { class: "muted" }, `and ${answer.trust_count - answer.trust.length} more statements`),
  );
  makeGraph(graph, role.arn);
}
