#!/bin/sh
# Generates rolegatev1 from the protos, by the plugins that go.mod names.  The
# result is checked in; `generate.sh --check` fails if it is not current.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
plugins=$(mktemp -d)
trap 'rm -rf "$plugins"' EXIT
cd "$here"
go build -o "$plugins" google.golang.org/protobuf/cmd/protoc-gen-go \
  google.golang.org/grpc/cmd/protoc-gen-go-grpc
out=$here
[ "${1:-}" != --check ] || out=$plugins/out
mkdir -p "$out/rolegatev1"
cd "$here/../../proto"
PATH=$plugins:$PATH protoc -I . \
  --go_out="$out" --go_opt=module=github.com/rolegate/rolegate/client/go \
  --go-grpc_out="$out" \
  --go-grpc_opt=module=github.com/rolegate/rolegate/client/go \
  rolegate/v1/*.proto
cat >"$out/rolegatev1/doc.go" <<'END'
// Package rolegatev1 has the messages and stubs of the API, generated from
// proto/rolegate/v1. Programs use package rolegate, which is made of them.
package rolegatev1
END
[ "${1:-}" != --check ] || diff -r "$out/rolegatev1" "$here/rolegatev1"
