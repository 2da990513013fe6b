"""The cases below a directory, one a line in .ndjson and one in a .json."""

import json


def cases(directory):
    """Yields the path and the members of each case."""
    for path in sorted(directory.glob("**/*.json")):
        yield path, json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(directory.glob("**/*.ndjson")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield path, json.loads(line)
