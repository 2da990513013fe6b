"""What every engine is asked: statements, and questions with their answers.

A statement here belongs to no policy language; languages.py writes it in each.
Answers are worked out below by the shortest program that can, so that nobody's
engine has the last word.
"""
import dataclasses
import ipaddress
import random

SEED = 20261125
QUESTIONS = 1024  # half of them allowed
ROLE = "app"
TEAM = "payments"
NETWORK = "10.0.0.0/8"
VERBS = {"store": ["Get", "Put", "List", "Delete"]}  # what `store:*` means


@dataclasses.dataclass(frozen=True)
class Statement:
    """Allows, or denies, one role some actions on all that a container holds.

    Without a container it speaks of every resource.  `condition` is "", or
    "secure" (the call came over TLS), "team" (the resource's tag says TEAM),
    "outside" (the caller's address is not in NETWORK).
    """
    effect: str
    actions: tuple
    kind: str = ""
    container: str = ""
    condition: str = ""

    def applies(self, question):
        if question["action"] not in self.actions:
            return False
        if self.container and (question["kind"], question["container"]) != (
                self.kind, self.container):
            return False
        return {
            "": True,
            "secure": question["secure"],
            "team": question["team"] == TEAM,
            "outside": ipaddress.ip_address(question["ip"])
                       not in ipaddress.ip_network(NETWORK),
        }[self.condition]


def allowed(statements, question):
    effects = {s.effect for s in statements if s.applies(question)}
    return effects == {"Allow"}


def typical():
    """Ten statements, three with a condition."""
    def allow(actions, kind, container, condition=""):
        service, verbs = actions.split(":")
        return Statement("Allow",
                         tuple(f"{service}:{v}" for v in verbs.split(",")),
                         kind, container, condition)
    return [
        allow("store:Get,Put", "bucket", "data"),
        allow("store:Get,List", "bucket", "shared"),
        allow("table:Get,Query,Batch", "table", "orders"),
        allow("queue:Send", "queue", "jobs", "secure"),
        allow("key:Decrypt,Generate", "key", "main", "team"),
        allow("log:Create,Put", "group", "app"),
        allow("secret:Get", "secret", "app"),
        allow("param:Get,List", "parameter", "app"),
        allow("metric:Put", "", ""),
        Statement("Deny", tuple(f"store:{v}" for v in VERBS["store"]),
                  condition="outside"),
    ]


def wide(count):
    """`count` statements, ten for each service: at most ten can match."""
    return [Statement("Allow",
                      (f"app{i // 10}:Read", f"app{i // 10}:List"),
                      "group", str(i)) for i in range(count)]


def question(rng, statements):
    """One question near one of the statements."""
    def likely(percent, yes, no):
        return yes if rng.randrange(100) < percent else no
    about = rng.choice([s for s in statements if s.effect == "Allow"])
    action = rng.choice(about.actions)
    service = action.split(":")[0]
    kind, container = about.kind or service, about.container or "any"
    if likely(15, True, False):
        action = f"{service}:Delete"
    if likely(15, True, False):
        container = rng.choice(statements).container or "other"
    return {
        "action": action,
        "kind": kind,
        "container": container,
        "object": f"item-{rng.randrange(10**6)}",
        "ip": f"{likely(85, 10, 192)}.{rng.randrange(256)}"
              f".{rng.randrange(256)}.{rng.randrange(1, 255)}",
        "secure": likely(80, True, False),
        "team": likely(80, TEAM, "search"),
    }


def questions(statements, name):
    """Questions of which half are allowed, in no order, with the answers."""
    rng = random.Random(f"{SEED} {name}")
    kept = {True: [], False: []}
    by_container = {}
    for statement in statements:
        by_container.setdefault(statement.container, []).append(statement)
    while min(map(len, kept.values())) < QUESTIONS // 2:
        asked = question(rng, statements)
        near = (by_container.get(asked["container"], [])
                + by_container.get("", []))
        kept[allowed(near, asked)].append(asked)
    half = QUESTIONS // 2
    answered = ([(q, True) for q in kept[True][:half]]
                + [(q, False) for q in kept[False][:half]])
    rng.shuffle(answered)
    return ([q for q, _ in answered],
            "".join("A" if a else "D" for _, a in answered))


# Name, and how many statements.  All of `wide` but ten are about services that
# a question is not about.
SCENARIOS = {"typical": typical()} | {
    f"wide-{n}": wide(n) for n in (10, 100, 1_000, 10_000)}
