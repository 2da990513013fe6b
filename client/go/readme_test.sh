#!/bin/sh
# Does what README.md says: installs the packed module into a fresh module,
# builds each program of the README as it stands there, and runs them against a
# server. Only the ports are others.  readme_test.sh BIN, which has rolegated
# and rolegate.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "$1" && pwd)
work=$(mktemp -d)
server=""
service=""
cleanup() {
  [ -z "$service" ] || kill "$service" 2>/dev/null || true
  [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
  chmod -R u+w "$work" && rm -rf "$work"
}
trap cleanup EXIT
fail() {
  echo "readme_test.sh: $*" >&2
  exit 1
}
await() { # await FILE: until it is there and not empty
  for _ in $(seq 200); do
    [ ! -s "$1" ] || return 0
    sleep 0.05
  done
  fail "$1 did not come"
}

"$bin/rolegated" --registry "$here/../../deploy/demo/registry" --dev \
  --listen 127.0.0.1:0 --ready-file "$work/ready" 2>"$work/log" &
server=$!
await "$work/ready"
ROLEGATE_SERVER=$(sed -n 's/.*"listeners":\["\([^"]*\)".*/\1/p' "$work/ready")
export ROLEGATE_SERVER

# Each block that is a whole program goes into a folder of its own; the others
# must be in the package's examples or parse as Go.
mkdir "$work/shop"
cd "$work/shop"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
awk -v server="$ROLEGATE_SERVER" -v port="$port" '
  /^```go$/ { inside = 1; text = ""; next }
  /^```$/ && inside {
    inside = 0
    if (text ~ /^package main/) {
      folder = "program" ++count
      system("mkdir " folder)
      printf "%s", text > (folder "/main.go")
    } else {
      ++parts
      printf "package part\n\nfunc _() {\n%s}\n", text > ("part" parts ".txt")
    }
    next
  }
  inside {
    gsub("127.0.0.1:8470", server); gsub("127.0.0.1:8080", "127.0.0.1:" port)
    text = text $0 "\n"
  }' "$here/README.md"
[ -d program2 ] && [ ! -d program3 ] || fail "the README has not two programs"
for program in program1 program2; do
  [ -z "$(gofmt -l $program)" ] || fail "gofmt would write $program otherwise"
done
for part in part*.txt; do
  gofmt "$part" >/dev/null || fail "$part of the README is no Go"
done

"$here/package.sh" "$work/proxy"
export GOFLAGS=-modcacherw GOMODCACHE="$work/modules" GONOSUMDB=github.com/rolegate
# What the module needs was fetched for its own build already.
export GOPROXY="file://$work/proxy,file://$(cd "$here" && env -u GOMODCACHE go env GOMODCACHE)/cache/download,https://proxy.golang.org"
go mod init example.com/shop 2>/dev/null
go get github.com/rolegate/rolegate/client/go@v0.1.0 2>"$work/get" ||
  { cat "$work/get"; fail "go get failed"; }
go mod tidy 2>"$work/tidy" || { cat "$work/tidy"; fail "go mod tidy failed"; }
go vet ./...

answer=$(go run ./program1)
[ "$answer" = true ] || fail "the first decision is \`$answer\`, expected \`true\`"

go build -o service ./program2
./service 2>"$work/service" &
service=$!
eval "$("$bin/rolegate" assume-role --principal service:ec2.amazonaws.com \
  --role-arn arn:aws:iam::123456789012:role/Reader --role-session-name tour)"
status() { # status PATH [TOKEN]
  curl -s -o "$work/body" -w '%{http_code}' --retry 20 --retry-connrefused \
    --retry-delay 1 --max-time 10 ${2:+-H "Authorization: Bearer $2"} \
    "http://127.0.0.1:$port$1"
}
expect() { # expect STATUS PATH [TOKEN]
  found=$(status "$2" "${3:-}")
  [ "$found" = "$1" ] || fail "$2 is answered with $found, expected $1"
}
expect 200 /healthz
expect 200 /files/a "$ROLEGATE_SESSION_TOKEN"
grep -q 'here is arn:aws:s3:::example-bucket/a' "$work/body" || fail "the handler wrote $(cat "$work/body")"
expect 403 /files/secret/key "$ROLEGATE_SESSION_TOKEN"
expect 401 /files/a
echo "the README's programs do what it says"
