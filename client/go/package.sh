#!/bin/sh
# Packs the module as a Go proxy serves it:  package.sh OUT
# OUT becomes a proxy of its own (GOPROXY=file://OUT) with one version.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
module=github.com/rolegate/rolegate/client/go
version=v0.1.0
versions=$out/$module/@v
mkdir -p "$versions"
# What is there now, whether it is committed or not, and nothing ignored.
index=$(mktemp -d)
trap 'rm -rf "$index"' EXIT
cd "$here"
export GIT_INDEX_FILE="$index/index"
git read-tree HEAD
git add -A .
tree=$(git write-tree --prefix=client/go/)
cd "$(git rev-parse --show-toplevel)"
git archive --format=zip -o "$versions/$version.zip" \
  --prefix="$module@$version/" "$tree"
cp "$here/go.mod" "$versions/$version.mod"
printf '{"Version":"%s"}\n' "$version" >"$versions/$version.info"
echo "$version" >"$versions/list"
