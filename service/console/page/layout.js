// Where the nodes of a graph stand, and how its edges run: in columns from those
// who come to the centre to what is come to from it, or one below the other where the
// page is narrow.  A pure function, so that it can be tried without a browser.

const NARROW = 640;

/** Groups the numbers of the nodes by distance, nearest neighbours together. */
function layersOf(nodes, edges) {
  const layers = new Map();
  nodes.forEach((node, i) => {
    if (!layers.has(node.distance)) layers.set(node.distance, []);
    layers.get(node.distance).push(i);
  });
  const distances = [...layers.keys()].sort((a, b) => a - b);
  // A node stands where its neighbours of the layer nearer to the centre do, so
  // that few edges cross.
  const position = new Map();
  for (const distance of [...distances].sort((a, b) => Math.abs(a) - Math.abs(b))) {
    const layer = layers.get(distance);
    const wanted = (node) => {
      const places = edges
        .flatMap((edge) => (edge.from === node ? [edge.to] : edge.to === node ? [edge.from] : []))
        .filter((other) => position.has(other) && nodes[other].distance !== distance)
        .map((other) => position.get(other));
      return places.length === 0 ? 0.5 : places.reduce((sum, place) => sum + place, 0) / places.length;
    };
    const ordered = layer.map((node) => [wanted(node), node]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    ordered.forEach(([, node], i) => position.set(node, (i + 1) / (ordered.length + 1)));
    layers.set(
      distance,
      ordered.map(([, node]) => node),
    );
  }
  return distances.map((distance) => layers.get(distance));
}

function inColumns(nodes, layers, width) {
  const size = { width: 200, height: 54 };
  const margin = 12;
  const gap = { x: 112, y: 22 };
  const columns = layers.length;
  const room = width - 2 * margin - columns * size.width;
  const gapX = columns > 1 ? Math.max(gap.x, Math.min(room / (columns - 1), 220)) : 0;
  const tallest = Math.max(...layers.map((layer) => layer.length));
  const height = 2 * margin + tallest * size.height + (tallest - 1) * gap.y;
  // The centre is seen at once, however many nodes stand beside it.
  const middle = Math.min(height / 2, 300);
  const whole = columns * size.width + (columns - 1) * gapX;
  const left = Math.max(margin, (width - whole) / 2);
  const places = [];
  layers.forEach((layer, column) => {
    const used = layer.length * size.height + (layer.length - 1) * gap.y;
    const top = Math.max(margin, middle - used / 2);
    layer.forEach((node, i) => {
      places[node] = { ...size, x: left + column * (size.width + gapX), y: top + i * (size.height + gap.y) };
    });
  });
  return { places, width: Math.max(width, whole + 2 * margin), height };
}

/** The end of an edge that is farther from the centre, where its label stands. */
function outerEnd(edge, nodes) {
  return nodes[edge.to].distance > 0 ? edge.to : edge.from;
}

// One below the other.  Edges leave a node on its right, run along lanes there,
// one for each node at the inner ends of edges, and come back.
function inRows(nodes, layers, edges, width) {
  const margin = 8;
  const gap = { node: 12, layer: 30 };
  const nodeWidth = Math.min(230, width - 152);
  const places = [];
  let y = margin;
  for (const layer of layers) {
    for (const node of layer) {
      const labels = edges.filter((edge) => outerEnd(edge, nodes) === node).length;
      const height = Math.max(54, labels * 26);
      places[node] = { width: nodeWidth, height, x: margin, y };
      y += height + gap.node;
    }
    y += gap.layer - gap.node;
  }
  return { places, width, height: y - gap.layer + margin };
}

function routesInRows(edges, nodes, places, width) {
  const lanes = [];
  const used = new Map();
  return edges.map((edge) => {
    const outer = outerEnd(edge, nodes);
    const inner = outer === edge.to ? edge.from : edge.to;
    if (!lanes.includes(inner)) lanes.push(inner);
    const lane = width - 8 - 9 * (lanes.indexOf(inner) % 3);
    const all = edges.filter((other) => outerEnd(other, nodes) === outer).length;
    const number = used.get(outer) ?? 0;
    used.set(outer, number + 1);
    const outside = { x: places[outer].x + places[outer].width, y: places[outer].y + (places[outer].height * (number + 0.5)) / all };
    const inside = { x: places[inner].x + places[inner].width, y: places[inner].y + places[inner].height / 2 + (inner === outer ? 14 : 0) };
    const [from, to] = outer === edge.from ? [outside, inside] : [inside, outside];
    const turn = Math.sign(to.y - from.y) * Math.min(8, Math.abs(to.y - from.y) / 2);
    return {
      path: `M${from.x} ${from.y}H${lane - 8}Q${lane} ${from.y} ${lane} ${from.y + turn}V${to.y - turn}Q${lane} ${to.y} ${lane - 8} ${to.y}H${to.x}`,
      label: { x: outside.x + 67, y: outside.y },
    };
  });
}

/** A point of a cubic curve. */
function pointAt([p, q, r, end], t) {
  const u = 1 - t;
  const mix = (axis) => u ** 3 * p[axis] + 3 * u * u * t * q[axis] + 3 * u * t * t * r[axis] + t ** 3 * end[axis];
  return { x: mix(0), y: mix(1) };
}

function edgeOf(edge, nodes, places) {
  const a = places[edge.from];
  const b = places[edge.to];
  let curve;
  if (edge.from === edge.to) {
    // Round the corner and back.
    curve = [
      [a.x + a.width - 40, a.y],
      [a.x + a.width - 40, a.y - 34],
      [a.x + a.width + 34, a.y + 10],
      [a.x + a.width, a.y + 22],
    ];
  } else if (b.x > a.x) {
    const from = [a.x + a.width, a.y + a.height / 2];
    const to = [b.x, b.y + b.height / 2];
    const bend = (to[0] - from[0]) / 2;
    curve = [from, [from[0] + bend, from[1]], [to[0] - bend, to[1]], to];
  } else {
    // Backwards, or within a column: out and in on the same side.
    const from = [a.x + a.width, a.y + a.height / 2 + 8];
    const to = [b.x + b.width, b.y + b.height / 2 + 8];
    const bend = 46;
    curve = [from, [from[0] + bend, from[1]], [to[0] + bend, to[1]], to];
  }
  // Near the end where the edges lie apart.
  const t = edge.from === edge.to ? 0.5 : nodes[edge.to].distance > 0 ? 0.62 : 0.38;
  const at = (point) => `${Math.round(point[0])} ${Math.round(point[1])}`;
  return {
    path: `M${at(curve[0])}C${at(curve[1])} ${at(curve[2])} ${at(curve[3])}`,
    label: pointAt(curve, t),
  };
}

/** {width, height, nodes: [{x, y, width, height}], edges: [{path, label}]}. */
export function layOut(nodes, edges, width) {
  const narrow = width < NARROW;
  const layers = layersOf(nodes, edges);
  const { places, ...size } = narrow ? inRows(nodes, layers, edges, width) : inColumns(nodes, layers, width);
  const routes = narrow ? routesInRows(edges, nodes, places, width) : edges.map((edge) => edgeOf(edge, nodes, places));
  return { ...size, nodes: places, edges: routes };
}
