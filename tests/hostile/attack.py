"""What an attack is, what it may come to, and how that is judged."""
import dataclasses
import os
import threading
import time

HEALTH_MS = 100    # health and liveness answer within this, whatever happens
UNBOUNDED = "not bounded yet"  # where gRPC 1.51 gives no means to
GOODPUT = 0.95     # of the calls of the polite are answered in time
SILENCE_S = 1.0    # and they never wait for longer

POLITE_MS = 50     # 99 of 100 of their answers come within this
MEMORY = 128 << 20  # bytes that an attack may make the server take
# Our own transport bounds what gRPC 1.51 gives no means to.
BOUNDED = os.environ.get("ROLEGATE_TRANSPORT", "http2") == "http2"

ATTACKS = []


@dataclasses.dataclass
class Outcome:
    """What came of an attack. None: the attack is not about that."""
    holds: bool
    note: str = ""
    answered: bool = None     # the polite never waited longer than SILENCE_S
    silence_s: float = None
    # 99 of 100 probes were faster: those at health_listen, and those at a
    # listener of the API.
    health_ms: float = None
    shared_health_ms: float = None
    goodput: float = None
    polite_ms: float = None   # 99 of 100 of their answers came within this
    peak_bytes: int = None


@dataclasses.dataclass
class Attack:
    name: str
    section: int
    defence: str       # what it tests
    run: object        # Lab -> Outcome
    quick: bool = False
    # What is said where it does not hold, and fails no run; empty: NOT HELD.
    reported_as: str = ""
    story: str = ""


def attack(section, name, defence, quick=False, reported_as=""):
    def add(run):
        ATTACKS.append(Attack(name, section, defence, run, quick, reported_as,
                              (run.__doc__ or "").strip()))
        return run
    return add


def unbounded(why):
    """What is reported of an attack that need not hold on gRPC's transport, and
    why it need not."""
    return "" if BOUNDED else f"{UNBOUNDED}: {why}"


def judge(server, watched, notes=(), holds=True, memory=None, flooded=False):
    """The outcome for those beside the attack. `holds`: what else must.

    `flooded`: the attack is made of connections and streams. Our own transport
    is held to POLITE_MS and to MEMORY then. gRPC 1.51 serves all of them, on
    every listener of the API, by the same two threads, so that health there
    waits for whatever the flood has open; only health_listen is held to
    HEALTH_MS then, and the other figure is shown."""
    notes = [note for note in notes if note]
    calls = max(watched["calls"], 1)
    goodput = watched["answered"] / calls
    peak = server.peak()
    if not server.alive:
        notes.append("the server was stopped for its memory"
                     if server.killed_for_memory else "the server died")
        holds = False
    if BOUNDED and flooded:
        memory = server.at_rest + MEMORY
        if watched["p99_ms"] > POLITE_MS:
            notes.append("p99 of the polite is too long")
            holds = False
    if memory is not None and peak > memory:
        notes.append(f"more than {memory >> 20} MiB")
        holds = False
    if watched["errors"]:
        notes.append("the polite got " + ", ".join(
            f"{count} {name}" for name, count in watched["errors"].items()))
    health = watched["health_p99_ms"]
    shared = watched["shared_health_p99_ms"]
    if health is not None and health > HEALTH_MS:
        notes.append(f"health took {watched['health_ms']:.0f} ms at worst")
        holds = False
    if shared is not None and shared > HEALTH_MS and (
            BOUNDED or not flooded):
        notes.append("health at the API's listener took "
                     f"{watched['shared_health_ms']:.0f} ms at worst")
        holds = False
    answered = watched["silence_s"] <= SILENCE_S
    return Outcome(holds and answered and goodput >= GOODPUT,
                   "; ".join(notes), answered, watched["silence_s"], health,
                   shared, goodput, watched["p99_ms"], peak)


def beside(lab, server, attacker, seconds, memory=None, flooded=False,
           **watch):
    """Runs `attacker(end)` beside the polite, for so many seconds.

    It gets the moment at which it has to end, and returns notes, or (notes,
    whether what else must hold did)."""
    watching = lab.watch(server, **watch)
    end = time.monotonic() + seconds
    result = attacker(end)
    time.sleep(max(end - time.monotonic(), 0))
    watched = watching.stop()
    notes, holds = result if isinstance(result, tuple) else (result, True)
    return judge(server, watched, [notes] if isinstance(notes, str)
                 else notes or [], holds, memory, flooded)


def flooded(*arguments, **named):
    """The same beside an attack that is made of connections and streams."""
    return beside(*arguments, flooded=True, **named)


def repeat(end, *actions, pause=0.0):
    """Each action over and over in a thread of its own until `end`; how often
    all of them were done."""
    count = [0] * len(actions)

    def loop(i):
        while time.monotonic() < end:
            try:
                actions[i]()
            except Exception:  # what an attacker is told does not stop him
                time.sleep(0.005)
            count[i] += 1
            time.sleep(pause)

    threads = [threading.Thread(target=loop, args=(i,), daemon=True)
               for i in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(end - time.monotonic(), 0) + 0.1)
    return sum(count)
