"""The command line by habit: flags before and after the command, words for help
and version, and what was meant by a name that does not exist.
   words_test.py BIN SOURCE
"""
import os

import support

TOKEN = "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJ4Iiwic3ViIjoieSJ9.c2lnbmF0dXJl"

# Words, exit code, and what is printed.
ROWS = [
    # The version and help, as words and as flags.
    ("version", 0, "rolegate 0."),
    ("--version", 0, "rolegate 0."),
    ("help", 0, "decode-authorization-message"),
    ("--help", 0, "decode-authorization-message"),
    ("help authorize", 0, "Usage: rolegate authorize"),
    ("help registry status", 0, "Usage: rolegate registry status"),
    ("registry help status", 0, "Usage: rolegate registry status"),
    ("registry --help", 0, "roles"),
    ("help help", 0, "Example"),
    ("help nothing", 2, "there is no command `nothing`"),
    ("", 2, "Usage: rolegate"),
    # Common flags, before, between and after.
    ("--output json whoami", 0, '"Arn": "dev.rolegate"'),
    ("whoami --output json", 0, '"Arn": "dev.rolegate"'),
    ("-o json whoami", 0, '"Arn": "dev.rolegate"'),
    ("whoami -o json", 0, '"Arn": "dev.rolegate"'),
    ("whoami -ojson", 0, '"Arn": "dev.rolegate"'),
    ("--output=json --principal=service:ops whoami", 0, '"Arn": "ops"'),
    ("--principal service:ops whoami --output json", 0, '"Arn": "ops"'),
    ("registry -o json status", 0, '"revision"'),
    ("--timeout 5 registry --principal service:ops status -o json", 0,
     '"revision"'),
    ("--server 127.0.0.1:1 --timeout 1 whoami", 1, "127.0.0.1:1"),
    ("-o json check registry", 0, '"loads": true'),
    ("check registry -o json", 0, '"loads": true'),
    ("--server nowhere:1 check registry", 0, "loads: "),
    ("check registry --server nowhere:1", 2,
     "`check` asks no server and takes no `--server`"),
    ("-o json test cases.ndjson", 2, "`test` takes no `-o`"),
    ("-o xml whoami", 2, "xml not in {text,json}"),
    ("--timeout", 2, "expected a command"),
    # Commands that are not there.
    ("assum-role", 2, "no command `assum-role`: did you mean `assume-role`?"),
    ("autorize", 2, "did you mean `authorize`?"),
    ("who-ami", 2, "did you mean `whoami`?"),
    ("reg", 2, "did you mean `registry`?"),
    ("decode-authorization", 2,
     "did you mean `decode-authorization-message`?"),
    ("can-i", 2, "did you mean `authorize`?"),
    ("get-caller-identity", 2, "did you mean `whoami`?"),
    ("login", 2, "did you mean `assume-role`?"),
    ("reload", 2, "did you mean `registry reload`?"),
    ("validate", 2, "did you mean `check`?"),
    ("registry statu", 2,
     "no command `registry statu`: did you mean `status`?"),
    ("registry", 2, "expected a command of `registry`: status, roles, role"),
    ("who-can s3:GetObject", 2, "the commands are assume-role, "),
    # Flags that are not there: first of all, before others are missed.
    ("authorize --acton a:B --resource *", 2,
     "`authorize` has no flag `--acton`: did you mean `--action`?"),
    ("authorize --action a:B --resourc *", 2, "did you mean `--resource`?"),
    ("assume-role --role-anr x", 2, "did you mean `--role-arn`?"),
    ("assume-role --role x", 2, "did you mean `--role-arn`?"),
    ("assume-role --session-name x", 2,
     "did you mean `--role-session-name`?"),
    ("assume-role --role-session x", 2,
     "did you mean `--role-session-name`?"),
    ("whoami --endpoint-url x", 2, "did you mean `--server`?"),
    ("whoami --sever x", 2, "did you mean `--server`?"),
    ("--sever x whoami", 2,
     "no flag before the command is called `--sever`: did you mean"),
    ("whoami -x", 2, "`whoami` has no flag `-x`"),
    ("check --outptu json registry", 2, "did you mean `--output`?"),
    ("check --ignore RoleWithoutPermissions registry --fail", 2,
     "did you mean `--fail-on`?"),
    ("whoami --query Arn", 2, "no JMESPath"),
    # A word that begins as a flag does, and is a value.
    ("assume-role --role-arn --action --role-session-name demo", 1,
     "ValidationError"),
    # The rest of what is used wrongly says where to read on.
    ("authorize", 2, "`rolegate help authorize` shows its flags and examples"),
    ("authorize --action a:B", 2, "`authorize`: --resource is required"),
    ("whoami there", 2, "`whoami`: the following argument was not expected"),
    ("registry role", 2, "`rolegate help registry role`"),
]

with support.work_dir() as work, support.demo_server(work) as server:
    table = support.Table()
    env = support.environment(work, ROLEGATE_SERVER=server.address)
    for words, exit_code, text in ROWS:
        table.row(words, env, exit_code, text, cwd=work)
    # A token in the wrong place is not repeated.
    for words in (f"whoami {TOKEN}", f"--session-tokn={TOKEN} whoami",
                  f"{TOKEN}", f"whoami --{TOKEN}"):
        table.row(words, env, 2, absent=("c2lnbmF0dXJl",), cwd=work)
    # gRPC's own lines stay out, unless they are wanted.
    tls = "--tls-ca /etc/ssl/certs/ca-certificates.crt --timeout 1 whoami"
    table.row(tls, env, 1, absent=("ssl_transport_security",))
    table.row(tls, env | {"GRPC_VERBOSITY": "DEBUG"}, 1,
              "ssl_transport_security")

    # The server's program: keys.
    keys = os.path.join(work, "keys")
    os.mkdir(keys)
    for words, exit_code, text in [
            ("keys new", 2, "`rolegated keys new DIR`"),
            ("keys list", 2, "`rolegated keys list DIR`"),
            ("keys publish", 2, "`rolegated keys publish DIR`"),
            (f"keys new {keys} --kid a", 0, "a\n"),
            (f"keys new --keys-dir {keys} --kid b", 0, "b\n"),
            (f"keys list {keys}", 0, "signs"),
            ("healthcheck --server 127.0.0.1:1 --timeout 1", 1,
             "127.0.0.1:1")]:
        command = [f"{support.BIN}/rolegated", *words.split()]
        found, out, err = support.run(command, env)
        table.check(command, found == exit_code and text in out + err,
                    f"expected exit {exit_code} and {text}, found {found}\n"
                    f"{out}{err}")
    found, out, err = support.run(
        [f"{support.BIN}/rolegated", "keys", "list"],
        env | {"ROLEGATE_SESSION_KEYS_DIR": keys})
    table.check("keys list", found == 0 and "signs" in out, out + err)
    table.finish()
