"""What was measured, as Markdown."""
import re

TITLES = {
    "typical": "Ten statements, three with conditions",
    "wide-10": "10 statements",
    "wide-100": "100 statements",
    "wide-1000": "1,000 statements",
    "wide-10000": "10,000 statements",
}
BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"


def duration(nanoseconds):
    for unit, size in (("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.0f} ns"


def times(ratio):
    return f"{ratio:,.0f}" if ratio >= 99.5 else f"{ratio:.2g}"


def name_of(row):
    """With the version; of a module without releases its day and commit."""
    version = re.sub(r"v0\.0\.0-(\d{4})(\d\d)(\d\d)\d+-(\w{7})\w*",
                     r"\4 of \1-\2-\3", row.get("version", ""))
    return f"{row['peer']} {version}"


def line(row):
    """A row while the run goes on."""
    head = f"{row['scenario']}: {name_of(row)}: "
    if "refused" in row:
        return head + row["refused"]
    return head + ", ".join(
        f"{form} p50 {duration(f['peer']['p50'])}, Rolegate's "
        f"{duration(f['rolegate']['p50'])}, ratio {times(f['ratio'])}"
        for form, f in row["figures"].items())


def table(result, scenario):
    """One scenario: Rolegate first, its figures the medians over all pairs."""
    rows = [row for row in result["rows"] if row["scenario"] == scenario]
    good = [row for row in rows if "refused" not in row]
    lines = ["| engine | decision p50 | p99 | ratio | from texts p50 | p99 "
             "| ratio |", "| --- | --: | --: | --: | --: | --: | --: |"]

    def cells(name, side_of):
        cell = [name]
        for form in ("decide", "whole"):
            figures, ratio = side_of(form)
            cell += [duration(figures["p50"]), duration(figures["p99"]), ratio]
        lines.append("| " + " | ".join(cell) + " |")

    def ours(form):
        sides = [row["figures"][form]["rolegate"] for row in good]
        return {key: sorted(s[key] for s in sides)[len(sides) // 2]
                for key in sides[0]}, "1"

    if good:
        cells(f"Rolegate {result['rolegate']}", ours)
    for row in good:
        cells(name_of(row),
              lambda form, row=row: (row["figures"][form]["peer"],
                                     times(row["figures"][form]["ratio"])))
    lines += [f"| {name_of(row)} | {row['refused']} | | | | | |"
              for row in rows if "refused" in row]
    return "\n".join(lines)


def tables(result):
    machine = result["machine"]
    parts = [f"{machine['processor']}, {machine['cores']} cores, load average "
             f"{machine['load']:.1f}, {machine['system']};",
             "; ".join(machine["compilers"]) + ".",
             f"Seed {result['seed']}, {result['questions']:,} questions a "
             f"scenario, {result['pairs']} pairs."]
    parts = ["\n".join(parts)]
    for scenario, title in TITLES.items():
        parts.append(f"**{title}**\n\n{table(result, scenario)}")
    if result["skipped"]:
        parts.append("Not measured: " + "; ".join(
            f"{name} ({why})" for name, why in result["skipped"].items()) + ".")
    return "\n\n".join(parts)


def write(path, text):
    """Between the page's two markers."""
    with open(path, encoding="utf-8") as file:
        page = file.read()
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before}{BEGIN}\n{text}\n{END}{after}")
