// May this principal do this, and why?

import { askMay } from "./api.js";
import { badge, count, failure, h, prose, replace } from "./dom.js";

// The kinds of policy, in the order in which people ask about them.
const LAYERS = [
  ["SCP", "Service control policies", "What the organization lets the caller's account do."],
  ["RCP", "Resource control policies", "What the organization lets happen to the resource's account."],
  ["TRUST", "Trust policy", "Whom the role that is to be assumed trusts."],
  ["RESOURCE", "Resource policies", "What the resource's own policies say."],
  ["IDENTITY", "Identity policies", "What the principal's own policies allow."],
  ["BOUNDARY", "Permissions boundary", "The most that the principal may be allowed."],
  ["SESSION", "Session policies", "What was passed when the role was assumed."],
];

const VERDICTS = {
  ALLOW: ["allow", "✓", "Allowed"],
  EXPLICIT_DENY: ["deny", "✕", "Explicitly denied"],
  IMPLICIT_DENY: ["deny", "–", "Not allowed"],
};
const LAYER_WORDS = { ALLOW: "allows it", EXPLICIT_DENY: "denies it", IMPLICIT_DENY: "does not allow it" };

function statementName(statement) {
  return [
    h("code", null, statement.policy),
    " ",
    statement.sid === "" ? `statement ${statement.index + 1}` : h("strong", null, statement.sid),
    statement.file !== "" && h("span", { class: "muted where" }, ` ${statement.file}${statement.line > 0 ? `:${statement.line}` : ""}`),
  ];
}

function layerItem([name, title, meaning], explanation) {
  const result = explanation.layers.find((layer) => layer.layer === name);
  if (result === undefined) {
    return h("li", { class: "layer layer-absent" }, h("div", { class: "layer-mark", "aria-hidden": "true" }, "·"), h("div", null, h("h3", null, title, h("span", { class: "muted" }, " · no part in it"))));
  }
  const [colour, mark] = VERDICTS[result.decision];
  const matched = explanation.matched_statements.filter((statement) => statement.layer === name);
  const misses = explanation.near_misses.filter((miss) => miss.statement.layer === name);
  return h(
    "li",
    { class: `layer layer-${colour}` },
    h("div", { class: "layer-mark", "aria-hidden": "true" }, mark),
    h(
      "div",
      null,
      h("h3", null, title, " ", badge(colour, LAYER_WORDS[result.decision])),
      h("p", { class: "muted" }, meaning),
      matched.length > 0 && h("ul", { class: "plain" }, matched.map((statement) => h("li", null, "Decided by ", statementName(statement)))),
      misses.length > 0 && h("div", { class: "misses" }, h("p", { class: "muted" }, "Near misses"), h("ul", { class: "plain" }, misses.map((miss) => h("li", null, statementName(miss.statement), h("p", { class: "cause" }, prose(miss.cause)))))),
    ),
  );
}

function answerOf(result, mayExplain) {
  const [colour, mark, title] = VERDICTS[result.decision] ?? ["deny", "✕", "Denied"];
  const { explanation } = result;
  return [
    h(
      "div",
      { class: `verdict verdict-${colour}` },
      h("span", { class: "verdict-mark", "aria-hidden": "true" }, mark),
      h("div", null, h("h2", { tabindex: "-1", id: "verdict" }, title), h("p", null, prose(result.reason))),
    ),
    explanation?.lacking && h("p", { class: "notice notice-warn" }, h("strong", null, "The least that would have to change: "), prose(explanation.lacking)),
    explanation
      ? h("ol", { class: "layers", "aria-label": "Layer by layer" }, LAYERS.map((layer) => layerItem(layer, explanation)))
      : h("p", { class: "notice" }, mayExplain ? "There is no explanation." : "The explanation is for those who hold rolegate:Explain."),
    explanation?.missing_context_keys.length > 0 && [h("h3", null, "Condition keys that the question lacks"), h("ul", { class: "names" }, explanation.missing_context_keys.map((key) => h("li", null, h("code", null, key))))],
  ];
}

/** "aws:SourceIp = 10.0.0.1, 10.0.0.2", a line each → the API's context. */
function contextOf(text) {
  const context = {};
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const equals = line.indexOf("=");
    if (equals < 1) throw new Error(`Expected “key = value” in the line “${line.trim()}”.`);
    context[line.slice(0, equals).trim()] = { values: line.slice(equals + 1).split(",").map((value) => value.trim()) };
  }
  return context;
}

function field(id, label, hint, control) {
  return h("div", { class: "field" }, h("label", { for: id }, label), control, hint && h("p", { class: "hint", id: `${id}-hint` }, hint));
}

export function showMay(main, context, wanted) {
  const input = (id, value) => h("input", { id, name: id, type: "text", value, autocomplete: "off", autocapitalize: "none", spellcheck: "false", "aria-describedby": `${id}-hint`, required: id !== "resource" });
  const { parameters } = wanted;
  const principal = input("principal", parameters.get("principal") ?? "");
  const action = input("action", parameters.get("action") ?? "");
  const resource = input("resource", parameters.get("resource") ?? "");
  const keys = h("textarea", { id: "context", rows: "3", spellcheck: "false", "aria-describedby": "context-hint" }, parameters.get("context") ?? "");
  const answer = h("div", { class: "answer" });
  const button = h("button", { type: "submit", class: "button button-primary" }, "Ask");

  async function ask(event) {
    event?.preventDefault();
    button.disabled = true;
    answer.setAttribute("aria-busy", "true");
    try {
      const response = await askMay({
        principal: principal.value.trim(),
        actions: [action.value.trim()],
        resources: resource.value.trim() === "" ? [] : [resource.value.trim()],
        context: contextOf(keys.value),
      });
      replace(answer, response.results.map((result) => answerOf(result, context.about.may_explain)), h("p", { class: "muted" }, "By revision ", h("code", null, response.registry_revision.slice(0, 12)), ". Nothing was done: the question was only tried."));
      answer.querySelector("#verdict").focus({ preventScroll: true });
      // On a narrow page the answer stands below the form.
      if (answer.getBoundingClientRect().top > window.innerHeight - 160) answer.scrollIntoView();
    } catch (error) {
      replace(answer, failure(error));
    }
    button.disabled = false;
    answer.removeAttribute("aria-busy");
  }

  main.append(
    h("h1", { tabindex: "-1" }, "May it, and why?"),
    h("p", { class: "lead" }, "Asks the engine what it would decide now, and shows how each kind of policy came to its part."),
    h(
      "div",
      { class: "may" },
      h(
        "form",
        { class: "question", onsubmit: ask },
        field("principal", "Principal", "ARN of a role, a session or a user, or service:NAME. A role's ARN stands for a session of it.", principal),
        field("action", "Action", "Such as s3:GetObject, or sts:AssumeRole.", action),
        field("resource", "Resource", "An ARN; left out, it is *.", resource),
        field("context", "Condition keys", "A line each: key = value, value.", keys),
        h("div", { class: "actions" }, button),
      ),
      answer,
    ),
  );
  replace(answer, h("div", { class: "empty" }, h("h2", null, "Layer by layer"), h("p", null, `An answer comes from up to ${count(LAYERS.length, "kind")} of policy. Each has its say, and one explicit Deny ends the matter.`)));
  return {};
}
