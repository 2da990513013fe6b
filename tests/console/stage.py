"""Servers, browsers and what stands between them, for the console's tests."""
import contextlib
import http.server
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time

from selenium import webdriver
from selenium.webdriver.common.by import By

import registry

START_SECONDS = 30
WAIT_SECONDS = 15


def wait_until(condition, what, seconds=WAIT_SECONDS):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s in vain: {what}")


class Server:
    """A server of its own registry, which ends with the block."""

    def __init__(self, binary, files, settings="", dev=True,
                 operations="127.0.0.1:0", console=True, principal=None):
        self.folder = tempfile.mkdtemp(prefix="rolegate-console-")
        self.registry = os.path.join(self.folder, "registry")
        registry.write(self.registry, files)
        self.socket = os.path.join(self.folder, "operations.sock")
        operations = operations.format(socket=self.socket)
        config = os.path.join(self.folder, "rolegated.yaml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"registry: {{dir: '{self.registry}'}}\n"
                       f"operations_listen: '{operations}'\n"
                       f"operations:\n  console: {str(console).lower()}\n")
            if principal:
                file.write(f"  principal: '{principal}'\n")
            file.write(settings.format(folder=self.folder))
        ready = os.path.join(self.folder, "ready")
        self.log = open(os.path.join(self.folder, "log"), "w+",
                        encoding="utf-8")
        self.process = subprocess.Popen(
            [binary, "--config", config, "--listen", "127.0.0.1:0",
             "--ready-file", ready] + (["--dev"] if dev else []),
            stderr=self.log, stdout=self.log)
        wait_until(lambda: self.process.poll() is not None
                   or os.path.exists(ready), "the server", START_SECONDS)
        if self.process.poll() is not None:
            self.log.seek(0)
            raise AssertionError("no server: " + self.log.read())
        with open(ready, encoding="utf-8") as file:
            self.address = json.load(file)["operations"]

    @property
    def url(self):
        return f"http://{self.address}"

    def write(self, files):
        registry.write(self.registry, files)

    def remove(self, name):
        os.remove(os.path.join(self.registry, name))

    def resident_kib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as f:
            for line in f:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        raise AssertionError("no VmRSS")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder)


class Browser:
    """Chromium without a window, of one size and one colour scheme."""

    def __init__(self, width=1366, height=768, dark=False, rules=""):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in ["--headless=new", "--disable-gpu",
                         "--hide-scrollbars", "--force-color-profile=srgb",
                         "--disable-dev-shm-usage", "--no-first-run",
                         "--disable-background-networking"]:
            options.add_argument(argument)
        if os.geteuid() == 0:  # Chromium's own sandbox refuses root
            options.add_argument("--no-sandbox")
        if rules:
            options.add_argument(f"--host-resolver-rules={rules}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = webdriver.ChromeService(shutil.which("chromedriver"))
        self.driver = webdriver.Chrome(options=options, service=service)
        self.driver.set_page_load_timeout(30)
        self.driver.set_script_timeout(30)
        self.command("Emulation.setDeviceMetricsOverride", width=width,
                     height=height, deviceScaleFactor=1, mobile=width < 500)
        self.command("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme",
             "value": "dark" if dark else "light"}])
        # Told of in every page before its own scripts run.
        self.command("Page.addScriptToEvaluateOnNewDocument", source="""
            window.violations = [];
            document.addEventListener("securitypolicyviolation", (event) =>
              window.violations.push(
                `${event.effectiveDirective} ${event.blockedURI}`));""")

    def command(self, name, **parameters):
        return self.driver.execute_cdp_cmd(name, parameters)

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def find(self, selector):
        return wait_until(
            lambda: next(iter(self.all(selector)), None), selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector="body"):
        return self.js("return document.querySelector(arguments[0])"
                       "?.innerText ?? ''", selector)

    def wait_for_text(self, text, selector="main"):
        return wait_until(lambda: text in self.text(selector),
                          f"`{text}` in {selector}, which says: "
                          + self.text(selector)[:600])

    def open(self, server, route="/roles"):
        """Opens the page anew at a view."""
        url = server if isinstance(server, str) else server.url
        self.driver.get("about:blank")
        self.driver.get(f"{url}/console#{route}")
        self.find("main h1")

    def console(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def shot(self, folder, name):
        self.driver.save_screenshot(os.path.join(folder, f"{name}.png"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()


@contextlib.contextmanager
def page_of_others(html):
    """Serves one page at another origin; yields its URL."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def forward(path):
    """What `ssh -L PORT:path` does: a port that leads to a Unix socket."""
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def serve():
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(path)
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=pump, args=pair,
                                     daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://localhost:{listener.getsockname()[1]}"
    finally:
        listener.close()
