// A list that has only as many rows in the page as one can see, however long it
// is, and fetches the rest while somebody scrolls.

import { h, replace } from "./dom.js";

const PAGE = 100; // rows fetched at once
const OVERSCAN = 6; // rows made beyond what is seen
const KEPT_PAGES = 40;

/**
 * options: label, rowHeight, fetchPage(offset, limit, signal) → {rows, matches},
 * makeRow(row) → nodes, keyOf(row), onOpen(row), onCount(matches), onError(e).
 */
export class LongList {
  constructor(options) {
    this.options = options;
    this.matches = 0;
    this.active = -1; // the row that the keys are at
    this.selected = null; // the key of the row that is open
    this.pages = new Map();
    this.asked = new Set();
    this.abort = new AbortController();
    this.space = h("div", { class: "list-space", role: "presentation" });
    this.element = h(
      "div",
      {
        class: "list",
        role: "listbox",
        tabindex: "0",
        "aria-label": options.label,
        onscroll: () => this.schedule(),
        onkeydown: (event) => this.onKey(event),
        onfocus: () => {
          if (this.active < 0 && this.matches > 0) this.moveTo(this.firstSeen());
        },
        onclick: (event) => {
          const row = event.target.closest("[data-number]");
          if (row) this.open(Number(row.dataset.number));
        },
      },
      this.space,
    );
    this.resize = new ResizeObserver(() => this.schedule());
    this.resize.observe(this.element);
  }

  /** Begins anew, for another search. */
  async restart() {
    this.abort.abort();
    this.abort = new AbortController();
    const fresh = new Map();
    const page = await this.fetch(0, fresh);
    if (page === null) return;
    this.pages = fresh;
    this.asked = new Set([0]);
    this.active = -1;
    this.element.removeAttribute("aria-activedescendant");
    this.element.scrollTop = 0;
    this.setMatches(page.matches);
    this.draw();
  }

  setSelected(key) {
    this.selected = key;
    this.draw();
  }

  close() {
    this.abort.abort();
    this.resize.disconnect();
  }

  setMatches(matches) {
    this.matches = matches;
    // eslint-disable-next-line no-param-reassign
    this.space.style.height = `${matches * this.options.rowHeight}px`;
    this.options.onCount(matches);
  }

  async fetch(number, into) {
    const { signal } = this.abort;
    try {
      const page = await this.options.fetchPage(number * PAGE, PAGE, signal);
      if (signal.aborted) return null;
      into.set(number, page.rows);
      return page;
    } catch (error) {
      if (error.name !== "AbortError") this.options.onError(error);
      return null;
    }
  }

  firstSeen() {
    return Math.min(this.matches - 1, Math.ceil(this.element.scrollTop / this.options.rowHeight));
  }

  rowAt(number) {
    return this.pages.get(Math.floor(number / PAGE))?.[number % PAGE];
  }

  schedule() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.draw();
    });
  }

  draw() {
    const { rowHeight } = this.options;
    const first = Math.max(0, Math.floor(this.element.scrollTop / rowHeight) - OVERSCAN);
    const seen = Math.ceil(this.element.clientHeight / rowHeight);
    const last = Math.min(this.matches, first + seen + 2 * OVERSCAN);
    const rows = [];
    for (let number = first; number < last; ++number) {
      const row = this.rowAt(number);
      if (row === undefined) this.want(Math.floor(number / PAGE));
      rows.push(this.makeRow(number, row));
    }
    replace(this.space, rows);
  }

  makeRow(number, row) {
    const element = h(
      "div",
      {
        class: `row${number === this.active ? " row-active" : ""}`,
        role: "option",
        id: `row-${number}`,
        "data-number": number,
        "aria-setsize": this.matches,
        "aria-posinset": number + 1,
        "aria-selected": String(row !== undefined && this.options.keyOf(row) === this.selected),
      },
      row === undefined ? h("span", { class: "muted" }, "…") : this.options.makeRow(row),
    );
    element.style.transform = `translateY(${number * this.options.rowHeight}px)`;
    return element;
  }

  async want(page) {
    if (this.asked.has(page)) return;
    this.asked.add(page);
    const { pages } = this;
    const found = await this.fetch(page, pages);
    if (found === null) {
      this.asked.delete(page);
      return;
    }
    // Pages far away are fetched again when somebody comes back to them.
    if (pages.size > KEPT_PAGES) {
      const oldest = pages.keys().next().value;
      pages.delete(oldest);
      this.asked.delete(oldest);
    }
    if (pages === this.pages) {
      if (found.matches !== this.matches) this.setMatches(found.matches);
      this.draw();
    }
  }

  moveTo(number) {
    if (this.matches === 0) return;
    this.active = Math.max(0, Math.min(this.matches - 1, number));
    const { rowHeight } = this.options;
    const top = this.active * rowHeight;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    if (top + rowHeight > scrollTop + clientHeight) {
      this.element.scrollTop = top + rowHeight - clientHeight;
    }
    this.element.setAttribute("aria-activedescendant", `row-${this.active}`);
    this.draw();
  }

  open(number) {
    const row = this.rowAt(number);
    if (row === undefined) return;
    this.active = number;
    this.options.onOpen(row);
  }

  onKey(event) {
    const seen = Math.max(1, Math.floor(this.element.clientHeight / this.options.rowHeight) - 1);
    const steps = {
      ArrowDown: this.active + 1,
      ArrowUp: this.active - 1,
      PageDown: this.active + seen,
      PageUp: this.active - seen,
      Home: 0,
      End: this.matches - 1,
    };
    if (Object.hasOwn(steps, event.key)) {
      this.moveTo(steps[event.key]);
    } else if (event.key === "Enter" || event.key === " ") {
      this.open(this.active);
    } else {
      return;
    }
    event.preventDefault();
  }
}
