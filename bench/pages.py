"""The page before a household whose village has a year of trading behind it, in the system's Chromium."""

import gzip
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.harness import Skipped

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / "frontend" / "dist" / "ceex" / "browser"
SQUEEZED = (".js", ".css", ".html", ".svg", ".json")  # as the page's image has it done
PHONE = {"width": 390, "height": 844}
EMAIL, PASSWORD = "ada@example.ch", "correct horse battery"
CUSTOMER = "C0141"  # a home with a roof
# Now and then Chromium records nothing, and Lighthouse asks to be run again.
UNRECORDED, TRIES = "NO_NAVSTART", 4
# As Lighthouse itself starts one, until nobody listens any more.
LAUNCH = """
import { launch } from 'chrome-launcher';
const [port, chromePath] = process.argv.slice(1);
// No graphics card is emulated here: that would take the processors from the page.
const chromeFlags = ['--headless=new', '--no-sandbox', '--disable-gpu'];
const chrome = await launch({ port: Number(port), chromePath, chromeFlags });
console.log('ready');
process.stdin.resume().on('end', () => chrome.kill());
"""


def build():
    """Build the page for production, unless it is; returns its folder."""
    subprocess.run(["make", "-C", str(ROOT), "page"], check=True, stdout=subprocess.DEVNULL)
    return BUILT


def squeezed():
    """A copy of the built page as nginx has it: each text beside itself as gzip has it at its best."""
    folder = ROOT / ".state" / "bench" / "page"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(build(), folder)
    for file in [each for each in folder.rglob("*") if each.suffix in SQUEEZED]:
        file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes(), 9))
    return folder


def serve(name):
    """Start an exchange with a year of trading, and the page in front of it; returns its address."""
    from bench import exchange

    folder = squeezed()
    exchange.start(name)
    from bench import crowd, load
    from bench.subjects import dashboard

    dso, _ = dashboard.fill()
    dashboard.show_today()
    public = {"CEEX_PAGE_DIR": str(folder)}
    os.environ |= public
    trading = load.server("trading.wsgi", "/health/live")
    with tempfile.TemporaryDirectory() as people:
        return crowd.public(trading, load, dso, Path(people), email=EMAIL, number=CUSTOMER)[0]


@contextmanager
def logged_in(url):
    """A phone's window in which the household has logged in."""
    with tempfile.TemporaryDirectory() as profile, _playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=_chromium(),
            args=["--no-sandbox"],
            viewport=PHONE,
            locale="en-GB",
        )
        page = context.new_page()
        _log_in(page, url)
        yield page
        context.close()


@contextmanager
def known(url):
    """The port of a Chromium that knows the household, started as Lighthouse starts one, and left alone.

    Whatever else steers it takes part in all that it does: with Playwright, a page begins 0.25 s late.
    """
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    started = subprocess.Popen(
        [_node(), "--input-type=module", "--eval", LAUNCH, str(port), _chromium()],
        cwd=_installed("lighthouse"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        started.stdout.readline()
        with _playwright() as playwright:
            page = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}").contexts[0].new_page()
            _log_in(page, url)
            page.close()
        yield port
    finally:
        started.communicate()


def _playwright():
    from playwright.sync_api import sync_playwright

    return sync_playwright()


def _chromium():
    """Where the system's is.

    :raises Skipped: there is none
    """
    sys.path.insert(0, str(ROOT / "backend"))
    from tests.browser import chromium

    if chromium.find() is None:
        raise Skipped("there is no Chromium (Debian: apt-get install chromium)")
    return chromium.find()


def _log_in(page, url):
    page.goto(f"{url}/")
    page.get_by_test_id("login-email").fill(EMAIL)
    page.get_by_test_id("login-password").fill(PASSWORD)
    page.get_by_test_id("login-submit").click()
    page.wait_for_url("**/home")


@dataclass(frozen=True)
class Rating:
    """What Lighthouse gives a page, of 100, and how long its largest part took to be seen."""

    performance: float
    accessibility: float
    best_practices: float
    largest_paint_s: float
    faults: tuple[str, ...]


def rate(url, *, port):
    """Rate a page in the Chromium at a port, throttled as Lighthouse does by default."""
    program = _installed("lighthouse") / "node_modules" / "lighthouse" / "cli" / "index.js"
    kinds = "performance,accessibility,best-practices"
    command = [
        *(_node(), str(program), url, f"--port={port}", "--output=json", "--quiet"),
        *(f"--only-categories={kinds}", "--no-enable-error-reporting"),
    ]
    for _ in range(TRIES):
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=180)
        if UNRECORDED not in done.stderr:
            break
    done.check_returncode()
    return _rating(json.loads(done.stdout))


def _rating(said):
    scores = {name: round(100 * each["score"]) for name, each in said["categories"].items()}
    counted = {
        each["id"] for kind in said["categories"].values() for each in kind["auditRefs"] if each["weight"]
    }
    faults = [
        f"{name}: {audit['title']}"
        for name, audit in said["audits"].items()
        if name in counted and audit["score"] is not None and audit["score"] < 0.9
    ]
    largest_s = said["audits"]["largest-contentful-paint"]["numericValue"] / 1000
    return Rating(
        scores["performance"], scores["accessibility"], scores["best-practices"], largest_s, tuple(faults)
    )


def _node():
    return str(ROOT / ".venv" / "bin" / "node")


def _installed(name):
    """The folder of a program of npm, installed by its lock if need be.

    :raises Skipped: it cannot be installed here
    """
    folder, source = ROOT / ".state" / "bench" / name, ROOT / "bench" / name
    lock = (source / "package-lock.json").read_bytes()
    ready = folder / ".ready"
    if not ready.exists() or ready.read_bytes() != lock:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(source, folder)
        command = [str(ROOT / ".venv" / "bin" / "npm"), "install", "--no-save", "--ignore-scripts"]
        done = subprocess.run(
            [*command, "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=folder, check=False, capture_output=True, text=True,
            env=os.environ | {"PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"},
        )  # fmt: skip
        if done.returncode:
            raise Skipped(f"{name} does not install: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
        ready.write_bytes(lock)
    return folder
