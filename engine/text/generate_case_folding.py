#!/usr/bin/env python3
"""Writes case_folding_table.h from Unicode's CaseFolding.txt.

    generate_case_folding.py [FILE]

FILE is /usr/share/unicode/CaseFolding.txt unless you name another one; Debian's
package unicode-data installs it.  tests/engine/case_folding_test.py compares
the table with Python's own Unicode data.
"""

import pathlib
import re
import sys

DATA = "/usr/share/unicode/CaseFolding.txt"

HEAD = '''\
// Simple case folding of Unicode {version}: CaseFolding.txt, status C and S.
// generate_case_folding.py writes this file.

#ifndef ROLEGATE_ENGINE_TEXT_CASE_FOLDING_TABLE_H_
#define ROLEGATE_ENGINE_TEXT_CASE_FOLDING_TABLE_H_

#include <cstdint>

namespace rolegate {{

// Every `stride`-th code point from `first` to `last` folds to the one that is
// `offset` further on.
struct FoldedRange {{
  std::uint32_t first;
  std::uint32_t last;
  std::uint32_t stride;
  std::int32_t offset;
}};

// In order, without overlap.
// clang-format off
inline constexpr FoldedRange kFoldedRanges[] = {{
'''

TAIL = '''\
};
// clang-format on

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_TEXT_CASE_FOLDING_TABLE_H_
'''


def folds(text):
    """Each code point that folds to one other, with that one."""
    found = {}
    for line in text.splitlines():
        fields = [field.strip() for field in line.split("#")[0].split(";")]
        if len(fields) >= 3 and fields[1] in ("C", "S"):
            found[int(fields[0], 16)] = int(fields[2], 16)
    return found


def ranges(folded):
    """Rows of the table: [first, last, stride, offset]."""
    rows = []
    for point in sorted(folded):
        offset = folded[point] - point
        if rows and rows[-1][3] == offset:
            first, last, stride, _ = rows[-1]
            step = point - last
            if step == stride or (first == last and step == 2):
                rows[-1][1:3] = [point, step]
                continue
        rows.append([point, point, 1, offset])
    return rows


def main():
    text = pathlib.Path((sys.argv[1:] or [DATA])[0]).read_text(encoding="utf8")
    version = re.match(r"# CaseFolding-([\d.]+)\.txt", text)[1]
    table = HEAD.format(version=version) + "".join(
        f"    {{0x{first:04x}, 0x{last:04x}, {stride}, {offset}}},\n"
        for first, last, stride, offset in ranges(folds(text))) + TAIL
    path = pathlib.Path(__file__).with_name("case_folding_table.h")
    path.write_text(table, encoding="utf8")


if __name__ == "__main__":
    main()
