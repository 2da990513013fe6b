"""Extracts the members of AWS's shapes that the registry reads from botocore.

   aws_shapes.py BOTOCORE > tests/registry/aws_shapes.json

BOTOCORE is the folder of an unpacked botocore, which has `data/iam`.  The test
`KnownMembers` compares the extract with the table of the loader, so after this
it says what AWS has added.
"""
import gzip
import json
import pathlib
import re
import sys

SOURCE = pathlib.Path(__file__).parents[2] / "engine/registry/known_members.cc"


def model_of(botocore, service):
    newest = max((botocore / "data" / service).iterdir())
    for name, read in (("service-2.json.gz", gzip.open),
                       ("service-2.json", open)):
        if (newest / name).exists():
            with read(newest / name, "rt", encoding="utf-8") as file:
                return json.load(file)["shapes"]
    raise SystemExit(f"aws_shapes.py: {newest} has no model")


def main():
    botocore = pathlib.Path(sys.argv[1])
    names = sorted(set(re.findall(r"\b(?:iam|organizations|s3)\.\w+",
                                  SOURCE.read_text(encoding="utf-8"))))
    models = {service: model_of(botocore, service)
              for service in {name.split(".")[0] for name in names}}
    extract = {name: sorted(models[name.split(".")[0]]
                            [name.split(".")[1]]["members"])
               for name in names}
    json.dump(extract, sys.stdout, indent=1)
    print()


main()
