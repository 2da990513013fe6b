"""Kubernetes' own schemas, made strict.

They come from the Go modules that `definitions-module/go.mod` pins: those that
the API server publishes, and those of cert-manager's and the Prometheus
operator's resources. A field that a schema does not name is refused, as the API
server refuses it under strict validation. Values that only the API server's
code checks are not checked here.
"""
import json
import os

import jsonschema
import yaml

import definitions

OPEN = "x-kubernetes-preserve-unknown-fields"
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
NUMBER_OR_TEXT = {"type": ["integer", "number", "string"]}


def strict(schema, top=False):
    """A copy that refuses what it does not name. A resource's own schema says
    nothing of its metadata, which Kubernetes checks."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if (schema.get("format") == "int-or-string"
            or schema.get("x-kubernetes-int-or-string")):
        return NUMBER_OR_TEXT
    # `format` and `pattern` of Go differ from those of JSON Schema.
    found = {}
    for key, value in schema.items():
        if key == "properties":
            found[key] = {name: strict(each) for name, each in value.items()}
        elif key not in ("format", "default", "description"):
            found[key] = strict(value)
    if top:
        found["properties"]["metadata"] = {"type": "object"}
    if ("properties" in found and "additionalProperties" not in found
            and not found.get(OPEN)):
        found["additionalProperties"] = False
    return found


def own_schemas():
    """(apiVersion, kind): schema, of what Kubernetes has itself."""
    path = os.path.join(definitions.folder_of("k8s.io/kubernetes"),
                        "api/openapi-spec/swagger.json")
    with open(path, encoding="utf-8") as file:
        named = json.load(file)["definitions"]
    strictly = {name: strict(each) for name, each in named.items()}
    strictly[QUANTITY] = NUMBER_OR_TEXT
    schemas = {}
    for name, each in named.items():
        for kind in each.get("x-kubernetes-group-version-kind", []):
            version = "/".join(filter(None, (kind["group"], kind["version"])))
            schemas[version, kind["kind"]] = {
                "$ref": f"#/definitions/{name}", "definitions": strictly}
    return schemas


def custom_schemas():
    schemas = {}
    for path in definitions.files():
        with open(path, encoding="utf-8") as file:
            spec = yaml.safe_load(file)["spec"]
        for version in spec["versions"]:
            schemas[f"{spec['group']}/{version['name']}",
                    spec["names"]["kind"]] = strict(
                        version["schema"]["openAPIV3Schema"], top=True)
    return schemas


def load():
    return own_schemas() | custom_schemas()


def faults_of(each, schemas):
    key = each.get("apiVersion"), each.get("kind")
    if key not in schemas:
        return [f"there is no {key[1]} of {key[0]}"]
    validator = jsonschema.Draft4Validator(schemas[key])
    return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
            for error in validator.iter_errors(each)]
