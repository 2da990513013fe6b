#!/bin/sh
# Generates src/gen from the protos by ts-proto, with Debian's protoc.  The
# result is checked in; `generate.sh --check` fails if it is not current.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$here/src/gen
if [ "${1:-}" = --check ]; then
  out=$(mktemp -d)
  trap 'rm -rf "$out"' EXIT
fi
mkdir -p "$out"
cd "$here/../../proto"
protoc -I . --plugin="$here/node_modules/.bin/protoc-gen-ts_proto" \
  --ts_proto_out="$out" \
  --ts_proto_opt=outputServices=grpc-js,esModuleInterop=true,useOptionals=messages,stringEnums=false,importSuffix=.js,outputJsonMethods=false,useExactTypes=false,useDate=false,removeEnumPrefix=false \
  rolegate/v1/*.proto
[ "${1:-}" != --check ] || diff -r "$out" "$here/src/gen"
