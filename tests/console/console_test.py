"""The console in a real browser.  `run` starts it."""
import json
import time
import unittest
import urllib.parse

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

import looks
import registry
from stage import Browser, Server, forward, page_of_others, wait_until

BIN = None  # set by `run`
SHOTS = None

ROLE = "/roles/" + urllib.parse.quote(registry.BILLING, safe="")
HOSTILE = "/roles/" + urllib.parse.quote(registry.role_arn("hostile"), safe="")
VIEWS = ["/roles", ROLE, "/generations", "/faults", "/may"]
SIZES = {"phone": (390, 844), "laptop": (1366, 768), "wide": (1920, 1080)}

BROKEN = """{
 "RoleName": "broken",
 "Arn": "arn:aws:iam::123456789012:role/broken",
 "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::12345:role/x"},
   "Action": "sts:AssumeRole"}]},
 "PermissionBoundary": "x"
}"""


def may(**fields):
    return "/may?" + urllib.parse.urlencode(fields)


class ConsoleTest(unittest.TestCase):
    """One server and one browser for tests that change neither."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server(BIN, registry.small()))
        cls.browser = cls.enterClassContext(Browser())

    def press(self, *keys):
        ActionChains(self.browser.driver).send_keys(*keys).perform()

    def focus(self):
        return self.browser.js(looks.FOCUS)

    def open_role(self, route=ROLE):
        self.browser.open(self.server, route)
        self.browser.find(".node-centre")

    def ask(self, **fields):
        self.browser.open(self.server, may(**fields))
        self.browser.find(".question button").click()
        self.browser.find("#verdict")
        return self.browser.text(".answer")


class Showing(ConsoleTest):
    def test_a_role_and_its_trust(self):
        self.open_role()
        text = self.browser.text(".detail")
        for part in ["billing-writer", registry.BILLING, "/finance/",
                     "team = billing", "NeverFromTheOldOffice",
                     "Everybody but", "sts:AssumeRoleWithWebIdentity",
                     "roles/billing-writer.json:"]:
            self.assertIn(part, text)
        nodes = {node.text.split("\n")[0]
                 for node in self.browser.all(".node")}
        for name in ["deploy-pipeline", "auditor", "ann", "id.example/pods",
                     "invoices.example.com", "Account 999988887777",
                     "Everybody", "Everybody else", "invoice-archive",
                     "ledger"]:
            self.assertIn(name, nodes)
        # Lines of a Deny and between accounts tell themselves apart by words.
        edges = [edge.text for edge in self.browser.all(".edge")]
        self.assertEqual(edges.count("deny · if"), 2)
        self.assertIn("if · other account", edges)

    def test_chains_grow_with_steps(self):
        self.open_role()
        before = len(self.browser.all(".node"))
        self.browser.find("label[for=depth-2]").click()
        wait_until(lambda: len(self.browser.all(".node")) > before, "chains")
        nodes = self.browser.text(".graph")
        self.assertIn("ci-runner", nodes)
        self.assertIn("ledger-reader", nodes)

    def test_conditions_show_on_hover_and_on_focus(self):
        self.open_role()
        edge = next(edge for edge in self.browser.all(".edge")
                    if edge.accessible_name.startswith("auditor may"))
        tip = self.browser.find(".tip")
        self.assertFalse(tip.is_displayed())
        self.browser.js("arguments[0].scrollIntoView({block: 'center'})", edge)
        ActionChains(self.browser.driver).move_to_element(edge).perform()
        wait_until(tip.is_displayed, "the tip on hover")
        for part in ["sts:ExternalId", "audit-2026", "aws:SourceIp",
                     "10.0.0.0/8", "from another account"]:
            self.assertIn(part, tip.text)
        # One may point at the tip itself.
        ActionChains(self.browser.driver).move_to_element(tip).perform()
        time.sleep(0.4)
        self.assertTrue(tip.is_displayed())
        ActionChains(self.browser.driver).move_to_element(
            self.browser.find(".brand")).perform()
        wait_until(lambda: not tip.is_displayed(), "the tip's end")
        self.browser.js("arguments[0].focus()", edge)
        wait_until(tip.is_displayed, "the tip on focus")
        self.assertEqual(edge.get_attribute("aria-describedby"),
                         tip.get_attribute("id"))
        self.press(Keys.ESCAPE)
        self.assertFalse(tip.is_displayed())

    def test_what_others_may_assume(self):
        self.open_role()
        self.browser.find("details:not(.as-list) summary").click()
        self.browser.wait_for_text("deploy-pipeline", "details .assumes")
        node = next(n for n in self.browser.all("button.node")
                    if n.text.startswith("invoices.example.com"))
        self.browser.js("arguments[0].focus()", node)
        self.press(Keys.ENTER)
        self.browser.wait_for_text("stands in 1 entry of trust policies",
                                   ".graph-place .assumes")
        self.assertIn("billing-writer",
                      self.browser.text(".graph-place .assumes"))

    def test_the_graph_as_a_list(self):
        self.open_role()
        self.browser.find(".as-list summary").click()
        text = self.browser.text(".as-list")
        self.assertIn("Everybody must not assume billing-writer", text)
        self.assertIn("audit-2026", text)

    def test_a_question_that_is_allowed(self):
        text = self.ask(principal=registry.BILLING, action="s3:PutObject",
                        resource="arn:aws:s3:::invoices/1")
        self.assertIn("Allowed", text)
        self.assertIn("WriteInvoices", text)
        self.assertIn("roles/billing-writer.json:", text)

    def test_a_question_that_is_denied(self):
        text = self.ask(principal=registry.BILLING, action="s3:DeleteObject",
                        resource="arn:aws:s3:::invoices/1")
        self.assertIn("Explicitly denied", text)
        self.assertIn("NeverDelete", text)

    def test_a_question_that_misses_a_condition(self):
        fields = {"principal": registry.BILLING, "action": "s3:ListBucket",
                  "resource": "arn:aws:s3:::invoices"}
        text = self.ask(**fields)
        self.assertIn("Not allowed", text)
        self.assertIn("The least that would have to change", text)
        self.assertIn("FromTheOffice", text)
        text = self.ask(context="aws:SourceIp = 10.1.2.3", **fields)
        self.assertIn("Allowed", text)

    def test_a_question_about_assuming_a_role(self):
        text = self.ask(principal=registry.BILLING, action="sts:AssumeRole",
                        resource=registry.role_arn("invoice-archive",
                                                   path="/finance/"))
        self.assertIn("Allowed", text)
        self.assertIn("Trust policy allows it", text)

    def test_a_question_that_is_none(self):
        self.browser.open(self.server, may(principal="nobody", action="x"))
        self.browser.find(".question button").click()
        self.browser.wait_for_text("cannot be read", ".answer")

    def test_a_role_that_is_not_there(self):
        self.browser.open(self.server, "/roles/arn%3Aaws%3Aiam%3A%3A1")
        self.browser.wait_for_text("does not hold", ".detail")


class Keyboard(ConsoleTest):
    def test_the_first_stop_leads_to_the_content(self):
        self.browser.open(self.server)
        self.browser.js("document.activeElement.blur()")
        self.press(Keys.TAB)
        focus = self.focus()
        self.assertEqual(focus["id"], "skip")
        self.assertTrue(focus["seen"])
        self.press(Keys.ENTER)
        self.assertEqual(self.focus()["id"], "main")

    def test_from_the_search_to_a_role(self):
        self.browser.open(self.server)
        self.browser.find(".row")
        self.browser.js("document.getElementById('search').focus()")
        self.press("ledger")
        self.browser.wait_for_text("2 roles of", ".found")
        self.press(Keys.ARROW_DOWN)
        self.assertEqual(self.focus()["id"], "role-list")
        self.press(Keys.ARROW_DOWN, Keys.ENTER)
        self.browser.wait_for_text("ledger-reader", ".detail")
        # The focus is where one reads on.
        wait_until(lambda: self.focus()["tag"] == "h2", "the focus")

    def test_the_graph_is_one_stop_and_arrows_move_in_it(self):
        self.open_role()
        self.browser.js("document.querySelector('.node-centre').focus()")
        self.press(Keys.ARROW_LEFT)
        focus = self.focus()
        self.assertIn("edge", focus["classes"])
        self.assertIn("may assume billing-writer", focus["text"])
        self.press(Keys.ARROW_LEFT)
        self.assertIn("node", self.focus()["classes"])
        self.assertEqual(
            self.browser.js("return document.querySelectorAll("
                            "'.graph [tabindex=\"0\"]').length"), 1)
        self.press(Keys.TAB)
        self.assertFalse(self.browser.js(
            "return document.activeElement.closest('.graph') !== null"))
        self.press(Keys.SHIFT + Keys.TAB)

    def test_enter_opens_a_role_of_the_graph(self):
        self.open_role()
        node = next(n for n in self.browser.all("a.node")
                    if n.text.startswith("invoice-archive"))
        self.browser.js("arguments[0].focus()", node)
        self.press(Keys.ENTER)
        self.browser.wait_for_text("invoice-archive", ".detail h2")

    def test_no_view_traps_the_focus_or_hides_it(self):
        for view in VIEWS:
            with self.subTest(view):
                self.browser.open(self.server, view)
                if view == ROLE:
                    self.browser.find(".node-centre")
                self.browser.js("document.activeElement.blur();"
                                "window.scrollTo(0, 0)")
                seen = []
                for _ in range(120):
                    self.press(Keys.TAB)
                    focus = self.focus()
                    if focus["tag"] == "body":
                        break
                    seen.append(focus)
                    self.assertGreaterEqual(focus["width"], 2, focus)
                    self.assertTrue(focus["seen"], focus)
                else:
                    self.fail(f"no end after {seen[-3:]}")
                self.assertGreater(len(seen), 5)

    def test_everything_has_a_name(self):
        for view in VIEWS:
            with self.subTest(view):
                self.browser.open(self.server, view)
                if view == ROLE:
                    self.browser.find(".node-centre")
                self.browser.command("Accessibility.enable")
                tree = self.browser.command("Accessibility.getFullAXTree")
                roles = set()
                for node in tree["nodes"]:
                    role = node.get("role", {}).get("value")
                    roles.add(role)
                    if node.get("ignored") or role not in {
                            "button", "link", "textbox", "searchbox",
                            "listbox", "option", "radio", "image", "img",
                            "navigation", "DisclosureTriangle", "radiogroup",
                            "heading"}:
                        continue
                    self.assertNotEqual(
                        node.get("name", {}).get("value", ""), "", node)
                self.assertLessEqual({"banner", "main", "navigation",
                                      "contentinfo", "heading"}, roles)
                self.assertEqual(len(self.browser.all("h1")), 1)


class Attacks(ConsoleTest):
    def test_no_view_breaks_the_policy_or_asks_others(self):
        self.browser.console()  # of the test before
        for view in VIEWS + [HOSTILE]:
            with self.subTest(view):
                self.browser.open(self.server, view)
                time.sleep(0.5)
                self.assertEqual(self.browser.js("return window.violations"),
                                 [])
                asked = self.browser.js(
                    "return performance.getEntriesByType('resource')"
                    ".map((entry) => entry.name)")
                for url in asked:
                    self.assertTrue(url.startswith(self.server.url), url)
                self.assertEqual(
                    [m for m in self.browser.console()
                     if "favicon" not in m], [])

    def test_the_policy_stops_what_would_get_in(self):
        self.browser.open(self.server)
        self.browser.js("""
            const script = document.createElement("script");
            try { script.textContent = "window.attacked = 1"; } catch {}
            document.body.append(script);
            const image = document.createElement("img");
            image.src = "http://127.0.0.1:1/x.png";
            document.body.append(image);
            try { document.body.innerHTML = "<b>x</b>"; } catch {}""")
        time.sleep(0.3)
        self.assertIsNone(self.browser.js("return window.attacked ?? null"))
        violations = " ".join(self.browser.js("return window.violations"))
        for directive in ["img-src", "require-trusted-types-for"]:
            self.assertIn(directive, violations)

    def test_names_are_texts_and_hide_nothing(self):
        self.browser.open(self.server, HOSTILE)
        self.browser.find(".node-centre")
        for edge in self.browser.all(".edge"):
            self.browser.js("arguments[0].focus()", edge)
        text = self.browser.text(".detail")
        self.assertIn(registry.XSS, text)
        self.assertIn("javascript:window.attacked=1", text)
        self.assertIn("safe‹U+202E›gnp.exe‹U+2066›‹U+200B›", text)
        self.assertNotIn("\u202e", self.browser.js(
            "return document.documentElement.outerHTML"))
        self.assertIsNone(self.browser.js("return window.attacked ?? null"))
        self.assertEqual(self.browser.all("main script, main img, main iframe"),
                         [])
        for link in self.browser.all("a[href]"):
            href = link.get_attribute("href")
            self.assertTrue(href.startswith(self.server.url), href)

    def test_hostile_files_and_faults_are_texts(self):
        with Server(BIN, registry.small()) as server:
            server.write({"<img src=x onerror=window.attacked=1>.json":
                          registry.role("late", registry.allow("*")),
                          "a\u202eb/<script>window.attacked=1<∕script>.json":
                          '{"RoleName": "<b>bold</b>"'})
            self.browser.open(server, "/faults")
            self.browser.wait_for_text("held back")
            self.browser.wait_for_text("a‹U+202E›b/<script>window.attacked=1")
            self.browser.open(server, "/generations")
            self.browser.wait_for_text("<script>window.attacked=1")
            self.assertIsNone(
                self.browser.js("return window.attacked ?? null"))
            self.assertEqual(self.browser.js("return window.violations"), [])

    def test_links_lead_nowhere_else(self):
        for route in ["javascript:window.attacked=1", "//attacker.example",
                      "/roles/%E0%A4%A", "/roles/%00", "/may?principal=<b>",
                      "__proto__", "/constructor"]:
            with self.subTest(route):
                self.browser.open(self.server, route)
                self.assertIsNone(
                    self.browser.js("return window.attacked ?? null"))
                self.assertTrue(self.browser.driver.current_url.startswith(
                    self.server.url + "/console"))

    def test_pages_of_others_learn_nothing(self):
        html = f"""<script>
          window.told = {{}};
          const base = "{self.server.url}";
          const ask = (name, path, options) => fetch(base + path, options)
            .then((r) => r.text()).then((t) => told[name] = "read " + t)
            .catch((e) => told[name] = "refused");
          ask("get", "/console/api/roles", {{}});
          ask("status", "/status", {{}});
          ask("credentials", "/status", {{credentials: "include"}});
          ask("post", "/console/api/may", {{method: "POST", headers:
            {{"content-type": "application/json", "rolegate-console": "1"}},
            body: "{{}}"}});
          ask("form", "/console/api/may", {{method: "POST", body: "{{}}",
            mode: "no-cors"}});
        </script><iframe src="{self.server.url}/console"></iframe>
        <script src="{self.server.url}/status"></script>"""
        with page_of_others(html) as url:
            self.browser.driver.get(url)
            told = wait_until(
                lambda: (told := self.browser.js("return window.told"))
                and len(told) == 5 and told, "the answers")
            for name, answer in told.items():
                self.assertEqual(answer, "refused", name)
            # The frame shows an error and not the console.
            frame = self.browser.find("iframe")
            self.browser.driver.switch_to.frame(frame)
            self.assertEqual(self.browser.all("main"), [])
            self.browser.driver.switch_to.default_content()

    def test_a_name_that_an_attacker_points_here_learns_nothing(self):
        port = self.server.address.rsplit(":", 1)[1]
        with Browser(rules="MAP attacker.example 127.0.0.1") as browser:
            browser.driver.get(f"http://attacker.example:{port}/console")
            browser.find("main h1")
            browser.wait_for_text("names another host")
            answer = browser.driver.execute_async_script("""
                fetch("/status").then((r) => arguments[0](r.status))""")
            self.assertEqual(answer, 403)


class Closed(unittest.TestCase):
    def test_who_is_unknown_is_told_so(self):
        with Server(BIN, registry.small(), dev=False) as server, \
                Browser() as browser:
            browser.open(server)
            text = browser.text("main")
            self.assertIn("The console is closed to you", text)
            self.assertIn("does not know who you are", text)
            self.assertNotIn("billing", browser.text())

    def test_through_a_socket_that_only_its_group_may_open(self):
        policy = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "operators.example"},
            "Action": ["rolegate:ReadRegistry", "rolegate:Simulate",
                       "rolegate:Explain"], "Resource": "*"}]}
        settings = "admin_policy: '{folder}/registry/.admin'\n"
        files = dict(registry.small())
        files[".admin"] = json.dumps(policy)
        server = Server(
            BIN, files, dev=False, operations="unix:{socket}",
            settings=settings, principal="service:operators.example")
        with server, forward(server.socket) as url, Browser() as browser:
            browser.open(url, ROLE)
            browser.find(".node-centre")
            self.assertIn("you are operators.example", browser.text("footer"))
            browser.open(url, may(principal=registry.BILLING,
                                  action="s3:PutObject",
                                  resource="arn:aws:s3:::invoices/1"))
            browser.find(".question button").click()
            browser.wait_for_text("WriteInvoices", ".answer")

    def test_the_page_is_off_unless_it_is_set(self):
        with Server(BIN, registry.small(), console=False) as server, \
                Browser() as browser:
            browser.driver.get(server.url + "/console")
            self.assertIn("expected one of", browser.text())


class Changing(unittest.TestCase):
    def test_changes_and_faults_come_by_themselves(self):
        with Server(BIN, registry.small()) as server, Browser() as browser:
            browser.open(server, "/generations")
            browser.wait_for_text("The first since the server started")
            server.write({"roles/new.json": registry.role(
                "night-batch", registry.allow({"AWS": registry.HERE}))})
            browser.wait_for_text("+1 role")
            browser.wait_for_text("night-batch")
            browser.wait_for_text("Another generation is in force", "#news")
            server.write({"roles/new.json": registry.role(
                "night-batch", registry.allow({"AWS": registry.OUTSIDE}))})
            server.remove("roles/public-report.json")
            browser.wait_for_text("−1 role")
            browser.wait_for_text("public-report")
            server.write({"roles/broken.json": BROKEN})
            browser.wait_for_text("Held back", "header")
            browser.wait_for_text("did you mean PermissionsBoundary")
            browser.open(server, "/faults")
            browser.wait_for_text("The generation is held back as a whole")
            browser.wait_for_text("roles/broken.json:5:")
            server.remove("roles/broken.json")
            browser.wait_for_text("no faults")

    def test_a_server_that_stops_and_comes_back(self):
        with Server(BIN, registry.small()) as server, Browser() as browser:
            browser.open(server, "/may?principal=a&action=b:c")
            server.process.terminate()
            server.process.wait()
            browser.find(".question button").click()
            browser.wait_for_text("cannot be reached", ".answer")


class Looks(unittest.TestCase):
    """Three sizes, light and dark; the pictures are for people to look at."""

    def test_every_view_at_every_size(self):
        with Server(BIN, registry.small()) as server:
            server.write({"roles/new.json": registry.role(
                "night-batch", registry.allow({"AWS": registry.HERE}))})
            time.sleep(1)
            server.remove("roles/public-report.json")
            time.sleep(1)
            server.write({"roles/broken.json": BROKEN, "users2.json": "[{"})
            time.sleep(1)
            for size, (width, height) in SIZES.items():
                for dark in (False, True):
                    with Browser(width, height, dark) as browser:
                        self.look(browser, server,
                                  f"{size}-{'dark' if dark else 'light'}")

    def look(self, browser, server, name):
        def look_at(view):
            with self.subTest(f"{name} {view}"):
                self.assertEqual(browser.js(looks.LOW_CONTRAST), [])
                self.assertEqual(browser.js(looks.OVERFLOWING), [])
            if SHOTS:
                browser.shot(SHOTS, f"{name}-{view}")

        browser.open(server)
        browser.find(".row")
        look_at("roles")
        browser.open(server, ROLE)
        browser.find(".node-centre")
        look_at("role")
        edge = next(e for e in browser.all(".edge")
                    if e.accessible_name.startswith("auditor may"))
        browser.js("document.querySelector('.graph-place')"
                   ".scrollIntoView({block: 'center'});"
                   "arguments[0].focus()", edge)
        browser.find(".tip:not([hidden])")
        look_at("graph")
        browser.open(server, "/generations")
        browser.wait_for_text("In force")
        look_at("changes")
        browser.open(server, "/faults")
        browser.wait_for_text("held back")
        look_at("faults")
        browser.open(server, may(principal=registry.BILLING,
                                 action="s3:ListBucket",
                                 resource="arn:aws:s3:::invoices"))
        look_at("question")
        browser.find(".question button").click()
        browser.find("#verdict")
        look_at("answer")
