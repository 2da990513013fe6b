#!/bin/sh
# Does what README.md says: installs the packed package into a fresh folder,
# compiles each block of TypeScript and runs each program as they stand there,
# against a server. Only the ports are others.  readme_test.sh BIN, which has
# rolegated and rolegate.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "$1" && pwd)
work=$(mktemp -d)
server=""
service=""
cleanup() {
  [ -z "$service" ] || kill "$service" 2>/dev/null || true
  [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
fail() {
  echo "readme_test.sh: $*" >&2
  exit 1
}

"$bin/rolegated" --registry "$here/../../deploy/demo/registry" --dev \
  --listen 127.0.0.1:0 --ready-file "$work/ready" 2>"$work/log" &
server=$!
for _ in $(seq 200); do
  [ ! -s "$work/ready" ] || break
  sleep 0.05
done
ROLEGATE_SERVER=$(sed -n 's/.*"listeners":\["\([^"]*\)".*/\1/p' "$work/ready")
[ -n "$ROLEGATE_SERVER" ] || fail "the server did not start"
export ROLEGATE_SERVER

mkdir "$work/shop"
cd "$work/shop"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# Parts without imports are of a program that has a session.
awk -v server="$ROLEGATE_SERVER" -v port="$port" '
  /^```(js|ts)$/ { kind = substr($0, 4); text = ""; next }
  /^```$/ && kind != "" {
    if (kind == "js") {
      printf "%s", text > ("program" ++programs ".mjs")
    } else {
      if (text !~ /^import/) {
        text = "import { fromEnvironment } from \"@rolegate/client\";\n" \
          "const session = await fromEnvironment();\n" text "void decision;\n"
      }
      printf "%s", text > ("part" ++parts ".mts")
    }
    kind = ""
    next
  }
  kind != "" {
    gsub("127.0.0.1:8470", server); gsub(/listen\(8080/, "listen(" port)
    text = text $0 "\n"
  }' "$here/README.md"
[ -f program2.mjs ] && [ ! -f program3.mjs ] || fail "the README has not two programs"
[ -f part3.mts ] || fail "the README has not three parts"

package=$(cd "$here" && npm pack --silent --pack-destination "$work")
printf '{"name": "shop", "private": true}\n' >package.json
npm install --silent --no-fund --no-audit --prefer-offline "$work/$package" \
  express@5 typescript@5 @types/node@20

answer=$(node program1.mjs)
[ "$answer" = true ] || fail "the first decision is \`$answer\`, expected \`true\`"
answer=$(node -e 'const { Client } = require("@rolegate/client");
  const { guard } = require("@rolegate/client/express");
  const grpc = require("@rolegate/client/grpc");
  console.log(typeof Client, typeof guard, typeof grpc.guard)')
[ "$answer" = "function function function" ] || fail "CommonJS has $answer"
npx tsc --noEmit --strict --module nodenext --target es2022 --types node part*.mts ||
  fail "the README's TypeScript does not compile"

node program2.mjs 2>"$work/service" &
service=$!
eval "$("$bin/rolegate" assume-role --principal service:ec2.amazonaws.com \
  --role-arn arn:aws:iam::123456789012:role/Reader --role-session-name tour)"
expect() { # expect STATUS PATH [TOKEN]
  found=$(curl -s -o "$work/body" -w '%{http_code}' --retry 20 \
    --retry-connrefused --retry-delay 1 --max-time 10 \
    ${3:+-H "Authorization: Bearer $3"} "http://127.0.0.1:$port$2") || true
  [ "$found" = "$1" ] || fail "$2 is answered with $found, expected $1"
}
expect 200 /healthz
expect 200 /files/a "$ROLEGATE_SESSION_TOKEN"
grep -q 'here is arn:aws:s3:::example-bucket/a' "$work/body" ||
  fail "the handler wrote $(cat "$work/body")"
expect 403 /files/secret/key "$ROLEGATE_SESSION_TOKEN"
expect 401 /files/a
echo "the README's programs do what it says"
