"""Constant load on several replicas, and whether every answer was right.

The client is bare gRPC: it balances by round robin over the replicas that say
SERVING, as a client does over the ready pods of a headless Service, and tries
nothing again.
"""
import base64
import collections
import json
import threading
import time

import grpc
from rolegate.v1 import authorization_pb2, authorization_pb2_grpc
from rolegate.v1 import decision_pb2, security_token_pb2
from rolegate.v1 import security_token_pb2_grpc

SERVICE_CONFIG = json.dumps({
    "loadBalancingConfig": [{"round_robin": {}}],
    "healthCheckConfig": {"serviceName": ""}})
DEADLINE = 20
ALLOW = decision_pb2.DECISION_ALLOW
EXPLICIT_DENY = decision_pb2.DECISION_EXPLICIT_DENY
IMPLICIT_DENY = decision_pb2.DECISION_IMPLICIT_DENY


def kid_of(token):
    """Which key has signed a session."""
    head = token.split(".")[0]
    return json.loads(
        base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]


class Load:
    """Workers that ask at a steady pace until `end`.

    `expected` maps a revision to {resource: decision}. A revision that is not
    in it makes an answer wrong, so the test takes out what may no longer be in
    force and puts in what comes next.
    """

    def __init__(self, addresses, ca, role, web_token, expected, workers=6,
                 pause=0.02):
        self.credentials = grpc.ssl_channel_credentials(ca)
        self.options = [("grpc.service_config", SERVICE_CONFIG),
                   ("grpc.ssl_target_name_override", "localhost"),
                   ("grpc.initial_reconnect_backoff_ms", 100),
                   ("grpc.min_reconnect_backoff_ms", 1000),
                   ("grpc.max_reconnect_backoff_ms", 1000)]
        self.channel = grpc.secure_channel(
            "ipv4:" + ",".join(addresses), self.credentials, self.options)
        self.role, self.web_token = role, web_token
        self.expected = expected
        self.pause = pause
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self.times = []
        self.by_revision = collections.Counter()
        self.failed = collections.Counter()
        self.wrong = collections.Counter()
        self.sessions = 0
        self.renewal = 0  # workers get a new session when it grows
        self.kids = {}
        self.threads = [threading.Thread(target=self.work, args=(i,))
                        for i in range(workers)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def count(self, counter, key):
        with self.lock:
            counter[key] += 1

    def assume(self, channel, name):
        """By the service account's token, with no other secret."""
        stub = security_token_pb2_grpc.SecurityTokenServiceStub(channel)
        answer = stub.AssumeRoleWithWebIdentity(
            security_token_pb2.AssumeRoleWithWebIdentityRequest(
                role_arn=self.role, role_session_name=name,
                web_identity_token=self.web_token), timeout=DEADLINE)
        return answer.credentials.session_token

    def session(self, worker):
        begin = time.monotonic()
        token = self.assume(self.channel, f"worker-{worker}")
        with self.lock:
            self.times.append(time.monotonic() - begin)
            self.sessions += 1
            self.kids[worker] = kid_of(token)
        return token

    def work(self, worker):
        stub = authorization_pb2_grpc.AuthorizationServiceStub(self.channel)
        token, renewal, number = None, -1, 0
        while not self.ended.is_set():
            try:
                # One session in ten calls; `renewal` asks for one at once.
                if token is None or renewal != self.renewal or number % 10 == 0:
                    renewal = self.renewal
                    token = self.session(worker)
                number += 1
                self.ask(stub, token, number)
            except grpc.RpcError as error:
                self.count(self.failed,
                           f"{error.code().name}: {error.details()}")
                token = None
            time.sleep(self.pause)

    def ask(self, stub, token, number):
        with self.lock:
            tables = dict(self.expected)
        resources = sorted(next(iter(tables.values())))
        resource = resources[number % len(resources)]
        begin = time.monotonic()
        answer = stub.Authorize(
            authorization_pb2.AuthorizeRequest(
                action="s3:GetObject", resource=resource),
            metadata=[("authorization", f"Bearer {token}")], timeout=DEADLINE)
        took = time.monotonic() - begin
        with self.lock:
            self.times.append(took)
            self.by_revision[answer.registry_revision] += 1
            # The tables may have changed while the answer was on its way.
            for each in (tables, self.expected):
                if each.get(answer.registry_revision, {}).get(
                        resource) == answer.decision:
                    return
        self.count(self.wrong, f"{resource}: {answer.decision} by revision "
                               f"{answer.registry_revision[:8]}")

    def expect(self, expected):
        with self.lock:
            self.expected = expected

    def renew(self, kid, seconds=30):
        """Has every worker get a session, until all are signed by `kid`."""
        deadline = time.monotonic() + seconds
        while True:
            self.renewal += 1
            time.sleep(0.5)
            with self.lock:
                if set(self.kids.values()) == {kid}:
                    return
            if time.monotonic() > deadline:
                raise RuntimeError(f"sessions are signed by {self.kids}")

    def await_revision(self, revision, answers=60, seconds=30):
        """Waits until so many answers came from one revision and, after them,
        none from another."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with self.lock:
                before = collections.Counter(self.by_revision)
            time.sleep(1)
            with self.lock:
                since = self.by_revision - before
            if since[revision] >= answers / 2 and len(since) == 1:
                return
        raise RuntimeError(f"the answers still come from {dict(since)}")

    def revision_at(self, address):
        """What one replica has in force."""
        with grpc.secure_channel(f"ipv4:{address}", self.credentials,
                                 self.options) as channel:
            token = self.assume(channel, "at-the-end")
            stub = authorization_pb2_grpc.AuthorizationServiceStub(channel)
            return stub.Authorize(
                authorization_pb2.AuthorizeRequest(action="s3:GetObject",
                                                   resource="*"),
                metadata=[("authorization", f"Bearer {token}")],
                timeout=DEADLINE).registry_revision

    def end(self):
        self.ended.set()
        for thread in self.threads:
            thread.join(2 * DEADLINE)
        self.channel.close()
