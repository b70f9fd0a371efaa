"""A new version under load, by webhook, as the pipeline does it; and back by tag."""

import time

from rehearsal import books
from rehearsal.engine import ROOT, docker, inspect, run
from rehearsal.images import build_and_push
from rehearsal.load import Household, Load
from rehearsal.receiver import Receiver
from rehearsal.stacks import COPIES, containers, healthy, wait_until

PER_SECOND = 20
BEFORE_S, AFTER_S = 10, 20


def under_load(server, figures, revision, login):
    """Redeploy to `revision` while requests come at a constant rate."""
    seconds = build_and_push(revision)
    figures.check("a new version is built and pushed", True, f"{seconds:.0f} s")
    load = Load(Household(server, *login), PER_SECOND).start()
    time.sleep(BEFORE_S)
    since = books.exchange_time()
    took, each_took = _by_webhook(server, revision)
    time.sleep(AFTER_S)
    load.stop()
    auctions = books.ended_between(since, books.exchange_time())
    _tell(figures, load, auctions, took, each_took)


def _by_webhook(server, revision):
    receivers = [Receiver(server, copy) for copy in COPIES]
    started = time.monotonic()
    variables = {
        "CEEX_WEBHOOK_URL": "\n".join(each.url for each in receivers),
        "CEEX_PUBLIC_URL": server.url,
        "CEEX_CA_FILE": str(server.ca),
    }
    try:
        run(ROOT / "deploy" / "webhook.sh", revision, variables=variables)
        took = time.monotonic() - started
    finally:
        failures = [each.wait() for each in receivers]
        for each in receivers:
            each.close()
        if any(failures):
            raise next(filter(None, failures))
    return took, [each.seconds for each in receivers]


def _tell(figures, load, auctions, took, each_took):
    lost = load.lost()
    figures.check("orders were taken meanwhile", load.acknowledged, f"{len(load.acknowledged)} orders")
    figures.add("redeploy.orders_lost", len(lost), at_most=0, n=len(load.acknowledged))
    missed = auctions["cancelled"] + auctions["late"]
    figures.add("redeploy.auctions_missed", missed, at_most=0, n=sum(auctions.values()))
    figures.check("auctions ended while the version changed", auctions["ended"] > 0, auctions)
    figures.add("redeploy.errors_5xx_share", load.share_5xx(), at_most=0.01, n=len(load.seen))
    statuses = dict(sorted(load.statuses().items()))
    figures.check("requests were answered", set(statuses) <= {200, 201, 0, 429, 502, 503, 504, 500}, statuses)
    figures.add("redeploy.seconds", took, at_most=30, unit="s", n=len(load.seen))
    figures.check("each of the two stacks took", True, ", ".join(f"{each or 0:.0f} s" for each in each_took))
    figures.check("what was not answered well", True, dict(load.failures()) or "nothing")
    slow = sorted(each.seconds for each in load.seen)[int(len(load.seen) * 0.99)]
    figures.check("99 of 100 requests within", True, f"{slow:.2f} s")


def back_by_tag(server, figures, revision):
    """Roll back: the stack at the immutable tag of the version before."""
    started = time.monotonic()
    server.variables["CEEX_TAG"] = f"prod-{revision}"
    for copy in COPIES:
        server.compose(copy, "up", "--detach")
    variables = {"CEEX_PUBLIC_URL": server.url, "CEEX_CA_FILE": str(server.ca)}
    said = run(ROOT / "deploy" / "wait-for.sh", revision, variables=variables)
    figures.check("rolled back by tag", revision in said, f"{time.monotonic() - started:.0f} s")


def webhook_that_does_nothing(server, figures):
    """A 204 after which nothing is deployed makes the pipeline fail."""

    class Idle(Receiver):
        def _redeploy(self):
            self._busy.release()

    receiver = Idle(server, COPIES[0])
    variables = {
        "CEEX_WEBHOOK_URL": receiver.url,
        "CEEX_PUBLIC_URL": server.url,
        "CEEX_CA_FILE": str(server.ca),
    }
    variables["CEEX_DEPLOY_PATIENCE_S"] = "3"
    script = ROOT / "deploy" / "webhook.sh"
    run(script, "0" * 40, variables=variables, ok=(1,))
    run(script, "0" * 40, variables=variables | {"CEEX_WEBHOOK_URL": receiver.url + "x"}, ok=(1,))
    receiver.close()
    figures.check("a webhook that says 204 and does nothing fails the pipeline", True)


def scaled(server, figures):
    """Three auctioneers and three of trading; one auctioneer is killed, and the auctions end all the same."""
    server.compose(COPIES[0], "up", "--detach", "--scale", "auctions=2", "--scale", "trading=2")
    wait_until(lambda: healthy(*COPIES), 240, "three of each are healthy")
    workers, trading = containers("auctions"), containers("trading")
    figures.check("three auctioneers and three of trading run", (len(workers), len(trading)) == (3, 3))
    since = books.exchange_time()
    docker("kill", workers[0])
    wait_until(lambda: _gates_since(since) >= 2, 180, "the gates of two auctions closed")
    ended = books.ended_between(since, books.exchange_time())
    figures.check(
        "auctions end though one of three is killed", not ended["cancelled"] and not ended["late"], ended
    )
    server.compose(COPIES[0], "up", "--detach")


def _gates_since(since):
    return sum(books.auctions_between(since, books.exchange_time()).values())


def cold_start(server, figures, runs=5):
    """How long a backend container takes from its start to its first ready answer."""
    container = containers("trading")[-1]
    measured = []
    for _ in range(runs):
        docker("stop", container)
        started = time.monotonic()
        docker("start", container)
        [state] = inspect(container)
        address = next(
            net["IPAddress"] for name, net in state["NetworkSettings"]["Networks"].items() if "inside" in name
        )
        question = ("curl", "-s", "-m", "1", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Host: trading")
        asked = (*question, f"http://{address}:8001/health/ready")
        while run(*asked, ok=(0, 7, 28, 52, 56)) != "200":
            time.sleep(0.05)
        measured.append(time.monotonic() - started)
    figures.add("backend.cold_start_s", sorted(measured)[runs // 2], at_most=5, unit="s", n=runs)
