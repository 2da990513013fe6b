"""Addresses as people type them, and what the command line says about a server
that it cannot use.
   addresses_test.py BIN SOURCE
"""
import http.server
import os
import socket
import threading

import support
import tls

# Addresses in which PORT is that of a server, and what whoami prints.
UNDERSTOOD = ["localhost:PORT", "127.0.0.1:PORT", "http://localhost:PORT",
              "http://127.0.0.1:PORT/", "HTTP://localhost:PORT",
              "grpc://localhost:PORT", "dns:///localhost:PORT",
              "dns:localhost:PORT", "ipv4:127.0.0.1:PORT", " localhost:PORT ",
              "unix:SOCKET", "unix://SOCKET", "SOCKET"]

# Addresses that nothing can be dialled by, and what was probably meant.
REFUSED = [
    ("http://iam.example", "write `iam.example:8470` for TLS"),
    ("http://iam.example:80/", "write `iam.example:80` for TLS"),
    ("http://localhost:8470/v1", "write `http://localhost:8470`"),
    ("https://iam.example/a?b", "write `https://iam.example`"),
    ("tcp://localhost:8470", "write `localhost:8470`"),
    ("grpc+tls://iam.example", "write `iam.example:8470`"),
    ("unix://run/rolegate.sock", "write `unix:/run/rolegate.sock`"),
    ("localhost:http", "expected a port from 1 to 65535"),
    ("localhost:0", "expected a port from 1 to 65535"),
    ("localhost:65536", "expected a port from 1 to 65535"),
    ("localhost:-1", "expected a port from 1 to 65535"),
    ("me@localhost", "expected `HOST:PORT` or `unix:/path`"),
    ("[::1", "expected `HOST:PORT` or `unix:/path`"),
    ("a b", "expected `HOST:PORT` or `unix:/path`"),
    (":8470", "expected `HOST:PORT` or `unix:/path`"),
    ("unix:", "expected `HOST:PORT` or `unix:/path`"),
]

# Without a port the default one is dialled.  Somebody may serve there, so only
# the place is looked at, by a host that does not exist.
DIALLED = [("nowhere.invalid", "nowhere.invalid"),
           ("https://nowhere.invalid", "nowhere.invalid")]


def serve_http():
    server = http.server.HTTPServer(("127.0.0.1", 0),
                                    http.server.BaseHTTPRequestHandler)
    server.RequestHandlerClass.log_message = lambda *_: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def main(work):
    table = support.Table()
    env = support.environment(work)
    path = os.path.join(work, "rolegate.sock")
    with support.demo_server(work) as plain, support.Server(
            work, name="socket", config={
                "listeners": [{"address": f"unix:{path}",
                               "principal": "service:dev.rolegate"}],
                "registry": {"dir": f"{work}/registry"}}):
        for address in UNDERSTOOD:
            address = address.replace("PORT", plain.port).replace(
                "SOCKET", path)
            table.row(["whoami", "--server", address], env, 0, "dev.rolegate")
            table.row(["whoami"], env | {"ROLEGATE_SERVER": address}, 0,
                      "dev.rolegate")
        for address, words in REFUSED:
            table.row(["whoami", "--server", address], env, 2, words)
            table.row(["whoami"], env | {"ROLEGATE_SERVER": address}, 2,
                      f"ROLEGATE_SERVER: the server's address `{address}`",
                      words)
        for address, words in DIALLED:
            table.row(["whoami", "--server", address, "--timeout", "1"], env,
                      1, f"there is no host `{words}`")
        speak(table, env, work, plain)
    # Nobody is there.
    table.row(["whoami", "--server", f"127.0.0.1:{plain.port}"], env, 1,
              "nobody listens there; start the server")
    table.row(["whoami"], env | {"ROLEGATE_SERVER": f"[::1]:{plain.port}"}, 1,
              f"cannot reach `[::1]:{plain.port}`",
              "the server's address is that of ROLEGATE_SERVER")
    table.row(["whoami", "--server", f"unix:{work}/none"], env, 1,
              "there is no such socket; start the server")
    table.row(["whoami", "--server", f"unix:{work}/{'x' * 200}"], env, 2,
              "a socket's path has at most 107 bytes")
    # A port without a server that takes connections and never speaks.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        table.row(["whoami", "--timeout", "0.5", "--server",
                   f"127.0.0.1:{silent.getsockname()[1]}"], env, 1)
    table.finish()


def speak(table, env, work, plain):
    """One side speaks TLS and the other does not, or one does not trust the
    other."""
    tls.authority(work, "ca")
    tls.authority(work, "other")
    cert, key = tls.certificate(work, "server", "ca", "DNS:localhost")
    me, my_key = tls.certificate(work, "me", "ca", "DNS:me.example")
    stranger, strange_key = tls.certificate(work, "stranger", "other",
                                            "DNS:stranger.example")
    listeners = [
        {"address": "127.0.0.1:0", "tls": {"cert": cert, "key": key},
         "authenticators": ["session-token"]},
        {"address": "127.0.0.1:0",
         "tls": {"cert": cert, "key": key, "client_ca": f"{work}/ca.pem"},
         "mappings": [{"dns": "me.example", "principal": "service:me"}]}]
    for transport in ("http2", "grpc"):
        config = {"listeners": listeners, "transport": transport,
                  "registry": {"dir": f"{work}/registry"}}
        with support.Server(work, config=config,
                            name=f"tls-{transport}") as server:
            ports = [address.rsplit(":", 1)[1]
                     for address in server.addresses["listeners"]]
            check_tls(table, env, work, ports, me, my_key, stranger,
                      strange_key)
    ca = f"{work}/ca.pem"
    table.row(["whoami", "--server", f"https://localhost:{plain.port}"], env,
              1, "speaks no TLS", f"write `http://localhost:{plain.port}`")
    table.row(["whoami", "--server", plain.address, "--tls-ca", ca], env, 1,
              "speaks no TLS: leave --tls-ca")
    table.row(["whoami", "--server", plain.address],
              env | {"ROLEGATE_TLS_CA": ca}, 1, "speaks no TLS")
    # A scheme beats the environment, and a Unix socket needs no TLS.
    table.row(["whoami", "--server", f"http://{plain.address}"],
              env | {"ROLEGATE_TLS_CA": ca}, 0, "dev.rolegate")
    table.row(["whoami", "--server", f"unix:{work}/rolegate.sock"],
              env | {"ROLEGATE_TLS_CA": ca}, 0, "dev.rolegate")
    table.row(["whoami", "--server", f"127.0.0.1:{serve_http()}"], env, 1,
              "speaks HTTP/1.1 and no gRPC", "`operations_listen`")


def check_tls(table, env, work, ports, me, my_key, stranger, strange_key):
    ca = f"{work}/ca.pem"
    one_way, mutual = (["whoami", "--server", f"localhost:{port}"]
                       for port in ports)
    by_number = ["whoami", "--server", f"127.0.0.1:{ports[0]}"]
    mine = ["--tls-cert", me, "--tls-key", my_key]
    for command, more, words in [
            (one_way, [], "speaks TLS: give its authority's certificate by "
             "--tls-ca or ROLEGATE_TLS_CA, or write "
             f"`https://localhost:{ports[0]}`"),
            (["whoami", "--server", f"https://localhost:{ports[0]}"], [],
             "comes from nobody whom this machine trusts: give its "
             "authority's certificate by --tls-ca"),
            (one_way, ["--tls-ca", f"{work}/other.pem"],
             f"comes from nobody whom `{work}/other.pem` (--tls-ca) holds"),
            (by_number, ["--tls-ca", ca], "is not for `127.0.0.1` but for "
             "`localhost`; write the server's address by such a name"),
            (mutual, ["--tls-ca", ca], "asks for a client's certificate: "
             "give --tls-cert and --tls-key"),
            (mutual, ["--tls-ca", ca, "--tls-cert", stranger, "--tls-key",
                      strange_key],
             f"does not trust the authority of `{stranger}`"),
            (mutual, ["--tls-ca", my_key, *mine],
             f"`{my_key}` (--tls-ca) holds no certificate in PEM"),
            (mutual, ["--tls-ca", ca, "--tls-cert", ca + ".key"],
             "expected --tls-cert and --tls-key, found one of them"),
            (mutual, ["--tls-ca", ca, "--tls-cert", my_key, "--tls-key",
                      my_key], "(--tls-cert) holds no certificate in PEM"),
            (mutual, ["--tls-ca", ca, "--tls-cert", me, "--tls-key", me],
             "(--tls-key) holds no private key in PEM"),
            (mutual, ["--tls-ca", ca, "--tls-cert", me, "--tls-key",
                      strange_key], f"the key `{strange_key}` does not "
             f"belong to the certificate `{me}`"),
            (mutual, ["--tls-ca", f"{work}/none.pem"],
             f"cannot read `{work}/none.pem`: No such file")]:
        table.row([*command, *more], env,
                  2 if words.startswith(("expected", "cannot read")) else 1,
                  words, absent=("ssl_transport_security",))
    table.row([*mutual, "--tls-ca", ca, *mine], env, 0, "me")
    table.row(mutual, env | {"ROLEGATE_TLS_CA": ca, "ROLEGATE_TLS_CERT": me,
                             "ROLEGATE_TLS_KEY": my_key}, 0, "me")
    table.row(mutual, env | {"ROLEGATE_TLS_CA": ca, "ROLEGATE_TLS_CERT": me},
              2, "found one of them")


with support.work_dir() as folder:
    main(folder)
