#!/bin/sh
# Generates src/gen and tests/gen from the protos by tonic-prost-build, with
# Debian's protoc.  The result is checked in; `generate.sh --check` fails if it is
# not current.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$here
if [ "${1:-}" = --check ]; then
  out=$(mktemp -d)
  trap 'rm -rf "$out"' EXIT
fi
mkdir -p "$out/src/gen" "$out/tests/gen"
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$here/target}/codegen cargo run --quiet \
  --manifest-path "$here/codegen/Cargo.toml" -- "$here/../../proto" \
  "$out/src/gen" "$out/tests/gen"
[ "${1:-}" != --check ] || {
  diff -r "$out/src/gen" "$here/src/gen"
  diff -r "$out/tests/gen" "$here/tests/gen"
}
