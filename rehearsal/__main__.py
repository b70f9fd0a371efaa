"""`make rehearse`: the whole deployment on a real engine; prints a table, writes rehearsal.json."""

import argparse
import hashlib
import os
import sys
from pathlib import Path

from rehearsal import (
    books,
    engine,
    faults,
    figures,
    household,
    images,
    people,
    ports,
    redeploy,
    restore,
    stacks,
    swarm,
)

# The acts in their order; `make rehearse a="build start redeploy"` plays some of them on what is there.
ACTS = (
    "build",
    "start",
    "day",
    "redeploy",
    "rollback",
    "restore",
    "scale",
    "faults",
    "ports",
    "cold",
    "swarm",
)
HISTORY_DAYS = 1


class Rehearsal:
    """One server, two versions of the product, and what was measured."""

    def __init__(self, folder, first):
        self.folder = folder
        self.figures = figures.Figures()
        self.first = first
        # The same sources under another name are a new version: what counts is which one answers.
        self.second = hashlib.sha1(first.encode(), usedforsecurity=False).hexdigest()[:12]
        self.server = None
        self.ports_before = set()

    def play(self, acts):
        """Play the acts; an act that ends early is a failed check, and the next ones are still played."""
        self.server = stacks.make(self.folder) if "start" in acts else stacks.found(self.folder)
        for act in acts:
            try:
                getattr(self, act)()
            except Exception as error:
                # What went wrong stands at the end of what a command said.
                self.figures.check(
                    f"{act} went through", False, f"{type(error).__name__}: … {str(error)[-280:]}"
                )
                if act in ("build", "start"):
                    return

    def build(self):
        """Build, push, weigh."""
        images.start_registry()
        seconds = images.build_and_push(self.first)
        sizes = images.sizes_mb(self.first)
        self.figures.add("image.ui_mb", sizes["ui"], at_most=60, unit="MB", seconds=seconds)
        self.figures.add("image.backend_mb", max(sizes["webapp"], sizes["trading"]), at_most=350, unit="MB")

    def start(self):
        """Traefik, database, exchange; the village and its people."""
        stacks.stop_everything()
        self.ports_before = ports.answering()
        stacks.start_below(self.server)
        self.server.variables["CEEX_TAG"] = f"prod-{self.first}"
        stacks.start(self.server)
        stacks.load_village(self.server, HISTORY_DAYS)
        people.load(self.server)
        stacks.wait_until(lambda: stacks.healthy(*stacks.COPIES), 120, "all are healthy")
        self.figures.check("Traefik, database and exchange run and are healthy", True)

    def day(self):
        """A household's first day in the browser."""
        try:
            found = household.trade_a_day(self.server)
        finally:
            books.let_run(stacks.SPEED)
        self.figures.check("a household trades a day through HTTPS", found["periods"] == 96, found)

    def redeploy(self):
        """A new version under load, by the webhook; and a webhook that does nothing."""
        self.server.variables["CEEX_TAG"] = "prod-latest"
        redeploy.under_load(self.server, self.figures, self.second, people.of("household"))
        redeploy.webhook_that_does_nothing(self.server, self.figures)

    def rollback(self):
        """Back to the first version by its tag."""
        redeploy.back_by_tag(self.server, self.figures, self.first)

    def restore(self):
        """The night's dumps, and the restore drill."""
        restore.nightly(self.server, self.figures)
        restore.drill(self.server, self.figures)

    def scale(self):
        """Three of each, one is killed."""
        redeploy.scaled(self.server, self.figures)
        count, broken = books.broken_invariants(self.server)
        self.figures.check(
            "the invariants hold at the end", broken == "[]", f"{count} asked, broken: {broken}"
        )

    def faults(self):
        """Wrong settings, missing neighbours."""
        tag = f"prod-{self.first}"
        try:
            faults.missing_secrets(self.server, self.figures, tag)
            faults.wrong_password(self.server, self.figures, tag)
            faults.old_schema(self.server, self.figures, tag)
            faults.trading_away(self.server, self.figures, tag)
        finally:
            faults.clear_up()

    def ports(self):
        """What answers from outside, and what from the network that Traefik shares."""
        ports.scan(self.figures, self.ports_before)
        ports.inside(self.figures)

    def cold(self):
        """From a container's start to its first ready answer."""
        redeploy.cold_start(self.server, self.figures)

    def swarm(self):
        """The same file as a stack of Docker Swarm."""
        swarm.trade(self.server, self.figures, self.first, self.second, people.of("household"))


def main():
    parser = argparse.ArgumentParser(prog="python -m rehearsal", description=__doc__)
    parser.add_argument("acts", nargs="*", metavar="ACT", help=f"some of: {' '.join(ACTS)} (default: all)")
    parser.add_argument("--revision", help="the commit to build (default: HEAD)")
    parser.add_argument("--out", type=Path, default=engine.ROOT / "rehearsal.json")
    given = parser.parse_args()
    if unknown := set(given.acts) - set(ACTS):
        parser.error(f"no such act: {' '.join(sorted(unknown))}")
    prepared = engine.prepare(os.environ.get("CEEX_REHEARSAL_PREPARE") or engine.neighbour())
    print(f"Docker works with {prepared}.", flush=True)
    revision = given.revision or engine.run("git", "rev-parse", "--short=12", "HEAD").strip()
    rehearsal = Rehearsal(stacks.state_folder(), revision)
    rehearsal.play(given.acts or ACTS)
    rehearsal.figures.write(given.out, revision=revision, images=prepared)
    if not given.acts:
        rehearsal.figures.document(engine.ROOT / "docs" / "rehearsed.md", revision=revision, images=prepared)
    print(f"\n{rehearsal.figures.table()}\n\nWritten to {given.out}")
    if rehearsal.figures.failed:
        print(f"These do not hold: {', '.join(rehearsal.figures.failed)}", file=sys.stderr)
    return 1 if rehearsal.figures.failed else 0


if __name__ == "__main__":
    sys.exit(main())
