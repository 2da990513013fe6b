"""Every real managed policy loads, and the linter goes through all of them.

    corpus_test.py BIN MANAGED_POLICIES_NDJSON
"""

import collections
import json
import pathlib
import subprocess
import sys
import tempfile


def main():
    bin_dir, corpus = sys.argv[1:3]
    policies = []
    for line in pathlib.Path(corpus).read_text(encoding="utf-8").split("\n"):
        if not line:
            continue
        policy = json.loads(line)
        name = policy["name"].split("/")[-1]
        policies.append({
            "PolicyName": name,
            "Arn": f"arn:aws:iam::aws:policy/{name}",
            "PolicyDocument": policy["document"],
        })
    with tempfile.TemporaryDirectory() as registry:
        path = pathlib.Path(registry, "policies.json")
        path.write_text(json.dumps({"Policies": policies}), encoding="utf-8")
        run = subprocess.run(
            [f"{bin_dir}/rolegate", "check", "--output", "json", registry],
            text=True, check=False, stdout=subprocess.PIPE)
    report = json.loads(run.stdout)
    counts = collections.Counter(f["code"] for f in report["findings"])
    for code, count in counts.most_common():
        print(f"{count:6} {code}")
    print(f"{len(policies)} policies")
    return 0 if report["loads"] and run.returncode == 0 else 1


sys.exit(main())
