// What a principal that is no role may assume: an account, a service, a provider.

import { get } from "./api.js";
import { badge, count, failure, h, partsOf, replace, roleHref } from "./dom.js";

function edgeItem(edge) {
  const parts = partsOf(edge.role);
  return h(
    "li",
    null,
    h("a", { href: roleHref(edge.role) }, parts.name),
    h("span", { class: "muted" }, ` ${parts.account}`),
    edge.effect === "Deny" && [" ", badge("deny", "deny")],
    edge.conditional && [" ", badge("plain", "if")],
    edge.crosses_accounts && [" ", badge("plain", "other account")],
  );
}

/** Fills the place with the roles whose trust policies name the principal. */
export async function showAssumes(place, kind, principal, title) {
  place.setAttribute("aria-busy", "true");
  try {
    const answer = await get("/console/api/assumes", { kind, principal });
    const left = answer.edges_count - answer.edges.length;
    replace(
      place,
      h("p", null, h("strong", null, title), ` stands in ${count(answer.edges_count, "entry", "entries")} of trust policies:`),
      h("ul", { class: "names" }, answer.edges.map(edgeItem), left > 0 && h("li", { class: "muted" }, `and ${left} more`)),
    );
  } catch (error) {
    replace(place, failure(error));
  }
  place.removeAttribute("aria-busy");
}
