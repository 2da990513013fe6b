// The trust graph around one role.  Nodes and the labels of edges are elements
// that take focus; lines are drawn behind them.

import { get } from "./api.js";
import { showAssumes } from "./assumes.js";
import { append, badge, count, failure, h, partsOf, replace, roleHref, s } from "./dom.js";
import { layOut } from "./layout.js";
import { conditionLines } from "./statement.js";

const HIDE_DELAY_MS = 150;

/** What stands on a node, and what is said of it. */
function describe(node) {
  const parts = partsOf(node.name);
  const unknown = node.known ? "" : " · unknown";
  switch (node.kind) {
    case "role":
      return { title: parts.name, more: `role · ${parts.account}${unknown}` };
    case "user":
      return { title: parts.name, more: `user · ${parts.account}${unknown}` };
    case "account":
      return { title: `Account ${node.name}`, more: node.known ? "whoever its policies let" : "not in the registry" };
    case "service":
      return { title: node.name, more: "service" };
    case "provider":
      return { title: parts.path === "/" ? parts.name : `${parts.path.slice(1)}${parts.name}`, more: `identity provider · ${parts.account}${unknown}` };
    case "everyone":
      return node.name === "" ? { title: "Everybody else", more: "but those whom it spares" } : { title: "Everybody", more: "any principal at all" };
    case "role-session":
    case "federated-user":
      return { title: `${parts.path.slice(1)}${parts.name}`, more: `session · ${parts.account}${unknown}` };
    case "unique-id":
      return { title: node.name, more: `the id of somebody deleted${unknown}` };
    default:
      return { title: node.name, more: "matches nobody" };
  }
}

/** Links between the same nodes to the same effect, as one edge. */
function bundle(links) {
  const edges = new Map();
  for (const link of links) {
    const key = `${link.from} ${link.to} ${link.effect}`;
    if (!edges.has(key)) edges.set(key, { ...link, links: [] });
    const edge = edges.get(key);
    edge.links.push(link);
    edge.conditional &&= link.conditional;
    edge.needs_own_policy &&= link.needs_own_policy;
  }
  return [...edges.values()];
}

function sentence(edge, nodes) {
  const from = describe(nodes[edge.from]);
  const to = describe(nodes[edge.to]);
  return [
    edge.effect === "Deny" ? `${from.title} must not assume ${to.title}` : `${from.title} may assume ${to.title}`,
    edge.conditional ? "under conditions" : "without conditions",
    edge.crosses_accounts ? "from another account" : "",
    edge.needs_own_policy ? "if its own policies allow it, too" : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
}

/** What hovering over an edge, or moving the focus to it, tells. */
function explain(edge, graph) {
  return [
    h("p", null, sentence(edge, graph.nodes), "."),
    edge.links.map((link) => {
      const statement = graph.statements[link.statement];
      return [
        h(
          "p",
          { class: "tip-statement" },
          badge(link.effect === "Deny" ? "deny" : "allow", link.effect),
          " ",
          statement.sid === "" ? `statement ${statement.index + 1}` : statement.sid,
          statement.line > 0 ? `, line ${statement.line}` : "",
          h("span", { class: "muted" }, ` ${link.actions.join(", ")}`),
        ),
        link.kind === "role-session" && h("p", null, "Only the session ", h("code", null, link.principal)),
        link.kind === "unique-id" && h("p", null, "By the unique id ", h("code", null, link.principal)),
        statement.not_principal && h("p", null, "It spares ", statement.principals.map((p, i) => [i > 0 ? ", " : "", h("code", null, p)])),
        statement.conditions.length > 0 && h("ul", { class: "plain" }, conditionLines(statement)),
      ];
    }),
  ];
}

/** A legend of the lines and a list that says what the lines say. */
function asList(edges, graph) {
  return h(
    "details",
    { class: "as-list" },
    h("summary", null, `The same as a list (${count(edges.length, "edge")})`),
    h(
      "ul",
      null,
      edges.map((edge) => {
        const lines = edge.links.flatMap((link) => conditionLines(graph.statements[link.statement]));
        return h("li", null, sentence(edge, graph.nodes), h("ul", { class: "plain" }, lines));
      }),
    ),
  );
}

class Graph {
  constructor(place, arn) {
    this.place = place;
    this.arn = arn;
    const wide = place.clientWidth >= 1140;
    this.depth = wide ? 2 : 1;
    this.canvas = h("div", { class: "graph-canvas" });
    this.tip = h("div", {
      class: "tip",
      role: "tooltip",
      id: "graph-tip",
      hidden: true,
      onmouseenter: () => clearTimeout(this.hiding),
      onmouseleave: () => this.hideSoon(),
    });
    this.scroll = h(
      "div",
      {
        class: "graph",
        role: "group",
        "aria-labelledby": "graph-title",
        "aria-describedby": "graph-help",
        onkeydown: (event) => this.onKey(event),
      },
      this.canvas,
    );
    this.assumes = h("div", { class: "assumes", "aria-live": "polite" });
    this.rest = h("div");
    append(place, [this.controls(), this.scroll, this.tip, this.assumes, this.rest]);
    let width = 0;
    new ResizeObserver(() => {
      if (Math.abs(this.scroll.clientWidth - width) < 8) return;
      width = this.scroll.clientWidth;
      if (this.graph) this.draw();
    }).observe(this.scroll);
  }

  controls() {
    return h(
      "div",
      { class: "graph-controls" },
      h(
        "fieldset",
        { class: "choice" },
        h("legend", null, "Steps"),
        [1, 2, 3].map((depth) => {
          const id = `depth-${depth}`;
          return [
            h("input", {
              type: "radio",
              name: "depth",
              id,
              value: depth,
              checked: depth === this.depth,
              onchange: () => {
                this.depth = depth;
                this.load();
              },
            }),
            h("label", { for: id }, depth),
          ];
        }),
      ),
      h("p", { class: "muted", id: "graph-help" }, "Point at an edge for its conditions, or reach it with the arrow keys. Enter opens a role, and tells of others what they may assume."),
    );
  }

  async load() {
    try {
      this.graph = await get("/console/api/graph", { arn: this.arn, depth: this.depth });
      this.draw();
    } catch (error) {
      replace(this.canvas, failure(error));
    }
  }

  draw() {
    const { graph } = this;
    this.hide();
    replace(this.assumes);
    const edges = bundle(graph.links);
    const layout = layOut(graph.nodes, edges, this.scroll.clientWidth);
    const lines = s("svg", { class: "graph-lines", width: layout.width, height: layout.height, "aria-hidden": "true" }, s("defs", null, ["allow", "deny", "cross"].map((kind) => s("marker", { id: `arrow-${kind}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto" }, s("path", { class: `arrow arrow-${kind}`, d: "M0 0 8 4 0 8z" })))));
    const labels = [];
    edges.forEach((edge, i) => {
      const { path, label } = layout.edges[i];
      const kind = edge.effect === "Deny" ? "deny" : edge.crosses_accounts ? "cross" : "allow";
      lines.append(s("path", { class: `line line-${kind}`, d: path, "marker-end": `url(#arrow-${kind})` }));
      labels.push(this.makeLabel(edge, label, kind));
    });
    const nodes = graph.nodes.map((node, i) => this.makeNode(node, layout.nodes[i], i === 0));
    replace(this.canvas, lines, nodes, labels);
    this.canvas.style.width = `${layout.width}px`;
    this.canvas.style.height = `${layout.height}px`;
    this.stops = [nodes[0], ...nodes.slice(1), ...labels];
    this.setStop(nodes[0]);
    this.scroll.scrollLeft = layout.nodes[0].x + layout.nodes[0].width / 2 - this.scroll.clientWidth / 2;
    replace(this.rest, asList(edges, graph));
  }

  makeNode(node, at, isCentre) {
    const { title, more } = describe(node);
    const opens = node.in_registry && !isCentre;
    // Others have no page of their own, and tell here what they may assume.
    const tells = !node.in_registry && node.name !== "" && node.kind !== "nobody";
    const element = h(
      opens ? "a" : tells ? "button" : "div",
      {
        class: `node node-${node.kind}${isCentre ? " node-centre" : ""}${node.known ? "" : " node-unknown"}`,
        href: opens ? roleHref(node.name) : undefined,
        type: tells ? "button" : undefined,
        role: opens || tells ? undefined : "img",
        tabindex: "-1",
        title: node.name,
        "aria-label": `${title}, ${more}${node.left_out > 0 ? `, ${node.left_out} more edges are not shown` : ""}`,
        onfocus: () => this.setStop(element),
        onclick: () => tells && showAssumes(this.assumes, node.kind, node.name, title),
      },
      h("span", { class: "node-title" }, title),
      h("span", { class: "node-more" }, more),
      node.left_out > 0 && h("span", { class: "node-left-out" }, `+${node.left_out} more`),
    );
    element.style.left = `${at.x}px`;
    element.style.top = `${at.y}px`;
    element.style.width = `${at.width}px`;
    element.style.height = `${at.height}px`;
    return element;
  }

  makeLabel(edge, at, kind) {
    const words = [edge.effect === "Deny" && "deny", edge.conditional && "if", edge.crosses_accounts && "other account"].filter(Boolean);
    const element = h(
      "button",
      {
        type: "button",
        class: `edge edge-${kind}${words.length === 0 ? " edge-plain" : ""}`,
        tabindex: "-1",
        "aria-label": sentence(edge, this.graph.nodes),
        onmouseenter: () => this.show(element, edge),
        onmouseleave: () => this.hideSoon(),
        onfocus: () => {
          this.setStop(element);
          this.show(element, edge);
        },
        onblur: () => this.hideSoon(),
        onclick: () => this.show(element, edge),
      },
      words.join(" · "),
    );
    element.style.left = `${at.x}px`;
    element.style.top = `${at.y}px`;
    return element;
  }

  show(element, edge) {
    clearTimeout(this.hiding);
    replace(this.tip, explain(edge, this.graph));
    this.described?.removeAttribute("aria-describedby");
    this.described = element;
    element.setAttribute("aria-describedby", this.tip.id);
    this.tip.hidden = false;
    const outer = this.place.getBoundingClientRect();
    const inner = element.getBoundingClientRect();
    const width = Math.min(380, outer.width - 16);
    this.tip.style.width = `${width}px`;
    const left = inner.left - outer.left + inner.width / 2 - width / 2;
    this.tip.style.left = `${Math.max(8, Math.min(left, outer.width - width - 8))}px`;
    // Below the edge, or above it if there is room in the window only there.
    const { offsetHeight: height } = this.tip;
    const fits = inner.bottom + 12 + height <= document.documentElement.clientHeight;
    const top = fits || inner.top - height < 72 ? inner.bottom + 6 : inner.top - 6 - height;
    this.tip.style.top = `${top - outer.top}px`;
  }

  hideSoon() {
    clearTimeout(this.hiding);
    this.hiding = setTimeout(() => this.hide(), HIDE_DELAY_MS);
  }

  hide() {
    clearTimeout(this.hiding);
    this.tip.hidden = true;
    this.described?.removeAttribute("aria-describedby");
    this.described = null;
  }

  /** One element of the graph is reached by Tab, the others by arrow keys. */
  setStop(element) {
    this.stop?.setAttribute("tabindex", "-1");
    this.stop = element;
    element.setAttribute("tabindex", "0");
  }

  onKey(event) {
    if (event.key === "Escape" && !this.tip.hidden) {
      this.hide();
      event.preventDefault();
      return;
    }
    const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (!Object.hasOwn(directions, event.key)) return;
    event.preventDefault();
    const [x, y] = directions[event.key];
    const middle = (element) => {
      const box = element.getBoundingClientRect();
      return [box.left + box.width / 2, box.top + box.height / 2];
    };
    const [fromX, fromY] = middle(this.stop);
    let nearest = null;
    let least = Infinity;
    for (const stop of this.stops) {
      if (stop === this.stop) continue;
      const [toX, toY] = middle(stop);
      const ahead = (toX - fromX) * x + (toY - fromY) * y;
      const aside = Math.abs((toX - fromX) * y) + Math.abs((toY - fromY) * x);
      // What is ahead, and rather straight than aside.
      const distance = ahead + 2 * aside;
      if (ahead > 4 && distance < least) {
        least = distance;
        nearest = stop;
      }
    }
    nearest?.focus();
  }
}

/** Puts the graph of the role into the place. */
export function makeGraph(place, arn) {
  const graph = new Graph(place, arn);
  graph.load();
}
