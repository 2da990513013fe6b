"""h2spec: does rolegated keep to RFC 9113 and RFC 7541?

h2spec sends frames one by one, and expects each to meet the stream as the one
before it left it. rolegated answers what is not gRPC at once, and the stream is
over by the time the next frame comes, or is not, as chance has it. So h2spec
goes over a network on which such frames arrive together.
"""
import os
import threading
import xml.etree.ElementTree as xml

import yaml

import servers


def failures(program, port, out):
    """The cases that failed, each with what it said; and how many passed."""
    # A frame that never comes is waited for this long, in seconds.
    said, _ = servers.run(
        [program, "--strict", "--timeout", "2", "--host", "127.0.0.1",
         "--port", str(port), "--junit-report", out, "generic", "http2",
         "hpack"], timeout=180)
    if not os.path.exists(out):
        raise RuntimeError("h2spec wrote no report:\n" + said[-2000:])
    failed, passed = {}, 0
    for case in xml.parse(out).iter("testcase"):
        key = (case.get("package"), case.get("classname"))
        wrong = [part.text for part in case if part.tag in ("error", "failure")]
        if wrong:
            failed[key] = " / ".join(wrong).replace("\n", " ")
        elif case.find("skipped") is None:
            passed += 1
    return failed, passed


def expected():
    path = os.path.join(servers.HERE, "h2spec_expected.yaml")
    with open(path, encoding="utf-8") as file:
        return {(row["section"], row["case"]) for row in yaml.safe_load(file)}


def test(program, server, certificates, report):
    """Asks the server plainly and by TLS, both at once."""
    networks = {"plain": servers.SlowNetwork(server.tcp),
                "TLS": servers.SlowNetwork(server.tls,
                                           certificates.path("ca.pem"))}
    found = {}

    def ask(kind, network):
        try:
            found[kind] = failures(program, network.port,
                                   certificates.path(f"h2spec-{kind}.xml"))
        except (OSError, RuntimeError, xml.ParseError) as error:
            found[kind] = error
        network.close()

    threads = [threading.Thread(target=ask, args=each)
               for each in networks.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for kind in networks:
        compare(kind, found[kind], report)


def compare(kind, found, report):
    if isinstance(found, Exception):
        report.add("h2spec", kind, str(found))
        return
    failed, passed = found
    known = expected()
    wrong = [f"{section}: {case}: {failed[section, case]}"
             for section, case in sorted(failed.keys() - known)]
    wrong += [f"{section}: {case}: passes, though h2spec_expected.yaml says "
              "that it fails" for section, case in sorted(known - failed.keys())]
    report.add("h2spec", kind, "; ".join(wrong),
               note=f"{passed} passed, {len(failed)} of {len(known)} expected "
                    "failures")
