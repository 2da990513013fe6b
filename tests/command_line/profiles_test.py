"""Profiles and the environment: who calls which server, and by what.
   profiles_test.py BIN SOURCE
"""
import os
import subprocess

import support

FRONTEND = "arn:aws:iam::123456789012:role/Frontend"

CONFIG = """\
# Comments begin with # or ;
[default]
server = {server}
principal = service:default.example

[profile ops]
principal = service:ops
output = json

[profile dead]
server = 127.0.0.1:1
timeout = 0.5

; A role and who assumes it, as in ~/.aws/config.
[profile ec2]
server = {server}
principal = service:ec2.amazonaws.com

[profile reader]
role_arn = arn:aws:iam::123456789012:role/Reader
source_profile = ec2
role_session_name = tour
duration_seconds = 900

[profile nameless]
role_arn = arn:aws:iam::123456789012:role/Reader
source_profile = ec2

[profile self]
server = {server}
principal = service:ec2.amazonaws.com
role_arn = arn:aws:iam::123456789012:role/Reader

[profile refused]
role_arn = arn:aws:iam::123456789012:role/Reader
source_profile = default

[profile pod]
server = {server}
role_arn = arn:aws:iam::123456789012:role/Frontend
role_session_name = pod
web_identity_token_file = {tokens}/frontend.ES256

[profile token]
server = {server}
principal = service:ops
session_token_file = token

[profile no-file]
server = {server}
session_token_file = ~/none
"""

# A file, and what is said about it, whatever profile is wanted.
FAULTS = [
    ("[default]\nsrever = x\n",
     "config:2: there is no setting `srever`: did you mean `server`?"),
    ("[default]\nregion = eu\n", "config:2: there is no setting `region`; "
     "there are server, tls_ca, "),
    ("[ops]\n", "config:1: expected `[default]` or `[profile ops]`"),
    ("[profile ops\n", "config:1: expected `[profile NAME]`"),
    ("[profile a]\n[profile a]\n", "config:2: profile `a` stands there twice"),
    ("[profile ]\n", "config:1: "),
    ("server = x\n", "config:1: `server` stands before the first"),
    ("[default]\nserver\n", "config:2: expected `NAME = VALUE`"),
    ("[default]\nserver = a\nserver = b\n",
     "config:3: `server` stands there twice"),
    ("[default]\nsource_profile = x\n",
     "profile `default`: `source_profile` needs `role_arn`"),
    ("[default]\nexternal_id = x\n",
     "profile `default`: `external_id` needs `role_arn`"),
    ("[default]\nrole_arn = x\nsource_profile = default\n",
     "the source profiles lead in a circle"),
    ("[default]\nrole_arn = x\nsource_profile = a\n"
     "[profile a]\nrole_arn = x\nsource_profile = default\n",
     "the source profiles lead in a circle"),
    ("[default]\nrole_arn = x\nsource_profile = a\n",
     "there is no profile `a`"),
    ("[default]\nrole_arn = x\nduration_seconds = 1h\n",
     "duration_seconds `1h`: expected seconds"),
    ("[default]\nrole_arn = x\nsource_profile = a\n"
     "web_identity_token_file = y\n", "both say who assumes the role"),
    ("[default]\ntimeout = soon\n", "timeout `soon`: expected seconds"),
    ("[default]\noutput = xml\n", "output `xml`: expected `text` or `json`"),
    ("[default]\nserver = tcp://x\n", "profile `default`: the server's "
     "address `tcp://x`: "),
]

with support.work_dir() as work:
    tokens = os.path.join(work, "tokens")
    registry = os.path.join(work, "registry")
    os.mkdir(tokens)
    subprocess.run([f"{support.SOURCE}/deploy/demo/mint_tokens", tokens],
                   check=True)
    with support.demo_server(work) as first:
        pass  # makes the registry
    for file in (f"{support.SOURCE}/deploy/demo/kubernetes/frontend.json",
                 f"{tokens}/cluster.jwks"):
        subprocess.run(["cp", file, registry], check=True)
    with support.demo_server(work) as server:
        table = support.Table()
        folder = os.path.join(work, ".config", "rolegate")
        os.makedirs(folder)
        config = os.path.join(folder, "config")
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(server=server.address, tokens=tokens))
        env = support.environment(work)
        out, _ = table.row("assume-role --profile ec2 --role-session-name "
                           f"made --role-arn {support.READER}", env, 0)
        token = out.split("ROLEGATE_SESSION_TOKEN=")[1].strip()
        with open(os.path.join(folder, "token"), "w",
                  encoding="utf-8") as file:
            file.write(token + "\n")
        exported = {"ROLEGATE_SESSION_TOKEN": token}
        for words, more, exit_code, text in [
                # Which profile.
                ("whoami", {}, 0, "default.example\n"),
                ("whoami --profile ec2", {}, 0, "ec2.amazonaws.com\n"),
                ("--profile ec2 whoami", {}, 0, "ec2.amazonaws.com\n"),
                ("whoami", {"ROLEGATE_PROFILE": "ec2"}, 0,
                 "ec2.amazonaws.com\n"),
                ("whoami --profile ec2", {"ROLEGATE_PROFILE": "dead"}, 0,
                 "ec2.amazonaws.com\n"),
                ("whoami --profile none", {}, 2, "there is no profile `none` "
                 f"in `{config}`; it has `dead`, `default`, `ec2`"),
                ("whoami", {"ROLEGATE_PROFILE": "none"}, 2,
                 "there is no profile `none`"),
                ("whoami --profile=", {}, 2, "--profile: "),
                # What is typed beats the environment, and the environment a
                # profile that nobody typed.
                (f"whoami --profile ops --server {server.address}", {}, 0,
                 '"Arn": "ops"'),
                (f"whoami -o text --profile ops --server {server.address}",
                 {}, 0, "ops\n"),
                ("whoami --principal service:typed", {}, 0, "typed\n"),
                ("whoami", {"ROLEGATE_SERVER": "127.0.0.1:1"}, 1,
                 "is that of ROLEGATE_SERVER"),
                ("whoami --profile ec2", {"ROLEGATE_SERVER": "127.0.0.1:1"},
                 0, "ec2.amazonaws.com\n"),
                ("whoami --profile dead", {}, 1,
                 "the server's address is that of profile `dead`"),
                ("whoami", exported, 0, ":assumed-role/Reader/made\n"),
                ("whoami", exported | {"ROLEGATE_PROFILE": "reader"}, 0,
                 ":assumed-role/Reader/made\n"),
                ("whoami --profile ec2", exported, 0, "ec2.amazonaws.com\n"),
                ("whoami --no-session", exported, 0, "default.example\n"),
                # Roles.
                ("whoami --profile reader", {}, 0,
                 ":assumed-role/Reader/tour\n"),
                ("whoami --profile nameless", {}, 0,
                 ":assumed-role/Reader/rolegate-cli\n"),
                ("whoami --profile self", {}, 0,
                 ":assumed-role/Reader/rolegate-cli\n"),
                ("whoami --profile pod", {}, 0,
                 ":assumed-role/Frontend/pod\n"),
                ("whoami --profile token", {}, 0,
                 ":assumed-role/Reader/made\n"),
                ("whoami --profile no-file", {}, 2,
                 f"cannot read `{work}/none`"),
                ("whoami --profile refused", {}, 3,
                 "AccessDenied: profile `refused` cannot assume its role: "
                 "User: default.example is not authorized"),
                ("whoami --profile reader --no-session", {}, 0,
                 "ec2.amazonaws.com\n"),
                ("whoami --profile reader --principal service:x", {}, 0,
                 "x\n"),
                ("authorize --profile reader --action s3:GetObject "
                 "--resource arn:aws:s3:::example-bucket/a", {}, 0, "ALLOW"),
                ("authorize --profile reader --action s3:GetObject --explain "
                 "--resource arn:aws:s3:::example-bucket/a", {}, 0,
                 "decided by identity"),
                # No session administers: the source does.
                ("registry status --profile reader", {}, 0, "holds"),
                ("registry status --profile token", {}, 0, "holds"),
                # A profile's role is not assumed if a token says who calls.
                ("assume-role-with-web-identity --profile refused "
                 f"--role-arn {FRONTEND} --role-session-name web "
                 f"--web-identity-token file://{tokens}/frontend.ES256",
                 exported, 0, "assumed-role/Frontend/web"),
        ]:
            table.row(words, env | more, exit_code, text)
        # XDG_CONFIG_HOME and ROLEGATE_CONFIG_FILE say where the file is.
        moved = os.path.join(work, "moved")
        os.makedirs(os.path.join(moved, "rolegate"))
        with open(os.path.join(moved, "rolegate", "config"), "w",
                  encoding="utf-8") as file:
            file.write(f"[default]\nserver = {server.address}\n"
                       "principal = service:moved\n")
        for more in ({"XDG_CONFIG_HOME": moved},
                     {"ROLEGATE_CONFIG_FILE": f"{moved}/rolegate/config"}):
            table.row("whoami", env | more, 0, "moved\n")
        table.row("whoami --profile x",
                  env | {"ROLEGATE_CONFIG_FILE": f"{work}/none"}, 2,
                  f"because `{work}/none` is not there or has none")
        table.row("whoami", env | {"ROLEGATE_CONFIG_FILE": f"{work}/none",
                                   "ROLEGATE_SERVER": server.address}, 0,
                  "dev.rolegate")
        for text, words in FAULTS:
            with open(config, "w", encoding="utf-8") as file:
                file.write(text)
            table.row("whoami", env, 2, words)
        table.finish()
