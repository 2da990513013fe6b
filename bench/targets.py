"""What is promised: each figure, the bound that it must keep, and its words.

A row without a bound is reported only: nobody has published such a figure.
"""

# key of the figure, name, bound ("<= 1.3"; "" for none), unit
ROWS = [
    ("decision_p50_ns",
     "one decision in process, ten statements, three conditions, p50",
     "<= 170", "ns"),
    ("decision_allocations", "allocations in one decision", "<= 0", ""),
    ("decision_locks", "locks in one decision", "<= 0", ""),
    ("next_decision_p50_ns", "a further decision of the same request, p50",
     "", "ns"),
    ("denied_p50_ns", "one decision that denies, p50", "", "ns"),
    ("statements_few_ratio",
     "10,000 statements, ten candidates / ten statements", "<= 1.5", "ratio"),
    ("statements_all_ratio",
     "10,000 statements, all candidates / ten statements", "", "ratio"),
    ("roles_zipf_ratio", "1,000,000 roles / 100 roles, Zipf (s = 1)",
     "<= 1.3", "ratio"),
    ("roles_uniform_ratio", "1,000,000 roles / 100 roles, uniform", "",
     "ratio"),
    ("hostile_ms",
     "one decision against a hostile 1 MiB policy and 8 KiB resource", "",
     "ms"),
    ("known_ratio", "session token known before / one SHA-256 of it",
     "<= 1.3", "ratio"),
    ("unknown_ratio", "session token not known before / bare Ed25519 check",
     "<= 1.2", "ratio"),
    ("load_export_ratio", "loading 100 MB in one export / RapidJSON SAX pass",
     "<= 3", "ratio"),
    ("load_files_ratio", "loading 100,000 files / RapidJSON SAX pass",
     "<= 3", "ratio"),
    ("load_export_memory_ratio",
     "memory of the registry of one export / minified bytes of its distinct "
     "policy documents", "<= 1.0", "ratio"),
    ("load_files_memory_ratio",
     "memory of the registry of 100,000 files / minified bytes of its distinct "
     "policy documents", "<= 1.0", "ratio"),
]


def holds(bound, value):
    if not bound:
        return True
    op, limit = bound.split()
    return value <= float(limit) if op == "<=" else value >= float(limit)


def results(figures):
    """Rows of results.json, for the figures that were measured."""
    return [{"name": name, "target": bound, "value": figures[key],
             "unit": unit, "holds": holds(bound, figures[key])}
            for key, name, bound, unit in ROWS if key in figures]


def text(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(rows):
    """The results as a table in Markdown."""
    lines = ["| what | target | measured | holds |", "| --- | --- | --- | --- |"]
    for row in rows:
        mark = "" if not row["target"] else "yes" if row["holds"] else "**no**"
        unit = row["unit"] if row["unit"] not in ("", "ratio") else ""
        lines.append(f"| {row['name']} | {row['target'] or 'reported'} | "
                     f"{text(row['value'])} {unit}".rstrip() + f" | {mark} |")
    return "\n".join(lines)
