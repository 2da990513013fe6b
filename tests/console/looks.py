"""What a page must look like: measured in the page itself."""

# Texts whose contrast with what lies behind them is less than WCAG's AA asks,
# as "ratio text".  Colours with alpha lie on what is behind them.
LOW_CONTRAST = r"""
const parse = (text) => {
  const n = text.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
  return { r: n[0], g: n[1], b: n[2], a: n[3] ?? 1 };
};
const over = (top, under) => ({
  r: top.r * top.a + under.r * (1 - top.a),
  g: top.g * top.a + under.g * (1 - top.a),
  b: top.b * top.a + under.b * (1 - top.a), a: 1 });
const light = ({ r, g, b }) => {
  const [R, G, B] = [r, g, b].map((v) => {
    const c = v / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * R + 0.7152 * G + 0.0722 * B; };
const behind = (element) => {
  const layers = [];
  for (let e = element; e; e = e.parentElement)
    layers.push(parse(getComputedStyle(e).backgroundColor));
  return layers.reverse().reduce(
    (under, top) => over(top, under), { r: 255, g: 255, b: 255, a: 1 }); };
const found = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const text = walker.currentNode.textContent.trim();
  const element = walker.currentNode.parentElement;
  if (text === "" || !element.checkVisibility({ visibilityProperty: true }))
    continue;
  if (element.closest(":disabled, script, style, noscript, .skip")) continue;
  const style = getComputedStyle(element);
  const under = behind(element);
  const colour = over(parse(style.color), under);
  const [a, b] = [light(colour), light(under)].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  if (ratio < (large ? 3 : 4.5)) found.push(`${ratio.toFixed(2)} ${text}`);
}
return found;
"""

# Elements that reach beyond the window, as "right tag.class".
OVERFLOWING = r"""
const found = [];
if (document.documentElement.scrollWidth > innerWidth)
  for (const element of document.querySelectorAll("body *")) {
    const right = element.getBoundingClientRect().right;
    if (right > innerWidth + 1 && !element.closest(".graph, nav"))
      found.push(`${Math.round(right)} ${element.tagName}.${element.className}`);
  }
return found;
"""

# How the element that has the focus shows it: the width of its outline, or that
# of what stands for it.
FOCUS = r"""
const element = document.activeElement;
const shown = (e) => {
  const style = getComputedStyle(e);
  return style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth); };
let width = shown(element);
if (element.matches("input[type=radio]"))
  width = shown(element.nextElementSibling);
if (element.matches(".list")) {
  const row = element.querySelector(".row-active");
  width = Math.max(width, row ? shown(row) : 0);
}
const box = element.getBoundingClientRect();
return { tag: element.tagName.toLowerCase(), id: element.id,
         classes: String(element.className), width,
         text: (element.getAttribute("aria-label") ?? element.innerText ?? "")
           .slice(0, 80),
         seen: box.bottom > 0 && box.top < innerHeight };
"""
