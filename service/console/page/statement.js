// A statement of a trust policy in words.

import { badge, h } from "./dom.js";

// The compiled policies have actions in lower case.
const ACTIONS = new Map(
  ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"].map((action) => [action.toLowerCase(), action]),
);

function more(number) {
  return number > 0 ? h("span", { class: "muted" }, ` and ${number} more`) : null;
}

function codes(texts, left) {
  return [texts.map((text, i) => [i > 0 ? ", " : "", h("code", null, text)]), more(left)];
}

/** Each condition as a line: operator, key, values. */
export function conditionLines(statement) {
  return [
    statement.conditions.map((condition) =>
      h(
        "li",
        null,
        h("code", null, condition.key),
        " ",
        h("span", { class: "operator" }, condition.operator),
        " ",
        codes(condition.values, condition.more_values),
      ),
    ),
    statement.more_conditions > 0 && h("li", { class: "muted" }, `and ${statement.more_conditions} more conditions`),
  ];
}

export function trustStatement(statement, file) {
  const denies = statement.effect === "Deny";
  return h(
    "article",
    { class: `statement statement-${denies ? "deny" : "allow"}` },
    h(
      "header",
      null,
      badge(denies ? "deny" : "allow", denies ? "Deny" : "Allow"),
      h("span", { class: "sid" }, statement.sid === "" ? `Statement ${statement.index + 1}` : statement.sid),
      statement.line > 0 && h("span", { class: "muted where" }, `${file}:${statement.line}`),
    ),
    h(
      "dl",
      { class: "facts facts-small" },
      h("dt", null, statement.not_principal ? "Everybody but" : "Who"),
      h("dd", null, codes(statement.principals, statement.more_principals)),
      h("dt", null, statement.not_action ? "All actions but" : "May"),
      h("dd", null, codes(statement.actions.map((action) => ACTIONS.get(action) ?? action), statement.more_actions)),
      statement.conditions.length + statement.more_conditions > 0 && [
        h("dt", null, "If"),
        h("dd", null, h("ul", { class: "plain" }, conditionLines(statement))),
      ],
    ),
  );
}
