"""An OpenID Connect provider's web server, for tests.
   oidc_provider.py DIR [CERT KEY]
Serves the files of DIR by HTTPS, or without a certificate by plain HTTP, on a
port of its own, which it prints, until
its standard input ends. Every request is appended to DIR/requests. Below
/slow/ an answer takes longer than anybody waits; below /redirect/ it is one.
"""
import http.server
import os
import ssl
import sys
import threading

directory = sys.argv[1]
stopping = threading.Event()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open(f"{directory}/requests", "a", encoding="utf-8") as log:
            log.write(self.path + "\n")
        if self.path.startswith("/slow/"):
            stopping.wait(12)
        path = f"{directory}{self.path}"
        if self.path.startswith("/redirect/"):
            self.send_response(302)
            self.send_header("Location",
                             self.path.replace("/redirect/", "/good/"))
            self.end_headers()
        elif os.path.isfile(path):
            with open(path, "rb") as file:
                body = file.read()
            self.send_response(200)
            self.send_header("Cache-Control", "public, max-age=300")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        else:
            self.send_error(404)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*sys.argv[2:4])
    server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
with open(f"{directory}/port.new", "w", encoding="utf-8") as port:
    port.write(str(server.server_address[1]))
os.rename(f"{directory}/port.new", f"{directory}/port")
sys.stdin.read()
stopping.set()
