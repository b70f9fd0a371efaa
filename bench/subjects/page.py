"""What a household feels of the page: how it is rated, what it loads, how fast it answers."""

import gzip
import re
import time

from bench.harness import Value, row

PAGES = ("home", "trading")
RATINGS = 3
VISITS = 7
ROUNDS = 5
DIGITS = "1234567890"

# The figures of the range, the prices drawn, the orders and the news: nothing is being fetched any more.
# What lies below comes as somebody scrolls there.
SHOWN = """() => {
    const below = document.querySelector('ceex-price-card .drawing, [data-testid=home-below]');
    below?.scrollIntoView();
    return document.querySelector('[data-testid=home-net]')
    && document.querySelector('[data-testid^=gate-countdown-dam]')
    && document.querySelector('ceex-price-card .drawing svg')
    && document.querySelector('ceex-orders-card') && document.querySelector('ceex-news-card')
    && !document.querySelector('ceex-face .loading');
}"""
# From a key's arrival to the frame that shows what it did.
ANSWERS = """() => {
    window.answers = [];
    document.addEventListener('keydown', () => {
        const pressed = performance.now();
        requestAnimationFrame(() => {
            const channel = new MessageChannel();
            channel.port1.onmessage = () => window.answers.push(performance.now() - pressed);
            channel.port2.postMessage(null);
        });
    }, { capture: true });
}"""


@row("page.initial", n=1, versus="200 kB", at_most=200)
def initial():
    """JavaScript that the first document asks for at once, squeezed as nginx sends it."""
    from bench import pages

    folder = pages.build()
    document = (folder / "index.html").read_text()
    names = sorted(set(re.findall(r'(?:src|href)="([^"]+\.js)"', document)))
    sizes = {name: len(gzip.compress((folder / name).read_bytes(), 9)) / 1000 for name in names}
    later = {
        word: any(word in (folder / name).read_text() for name in names)
        for word in ("echarts", "leaflet-pane")
    }
    return Value(
        [sum(sizes.values())],
        unit="kB",
        checks={
            "charts are fetched only where one is drawn": not later["echarts"],
            "so is the map": not later["leaflet-pane"],
        },
        notes={"files": len(sizes)},
    )


@row("page.lighthouse", n=len(PAGES), versus="90 of 100", at_least=90, seconds=500)
def lighthouse():
    """Home and Trading after a year, as Lighthouse rates them on a slow phone: the lesser's median."""
    from bench import pages

    url = pages.serve("page_lighthouse")
    with pages.known(url) as port:
        found = {name: [pages.rate(f"{url}/{name}", port=port) for _ in range(RATINGS)] for name in PAGES}
    least = {name: sorted(each.performance for each in found[name])[RATINGS // 2] for name in PAGES}
    worst = found[min(PAGES, key=least.get)]
    every = [each for ratings in found.values() for each in ratings]
    return Value(
        [each.performance for each in worst],
        unit="points",
        checks={
            "accessibility 100": all(each.accessibility == 100 for each in every),
            "best practices ≥ 95": all(each.best_practices >= 95 for each in every),
        },
        notes=least
        | {
            "largest_paint_s": worst[-1].largest_paint_s,
            "faults": sorted({f for r in every for f in r.faults}),
        },
    )


@row("page.home", n=365, versus="1.5 s", at_most=1.5, seconds=400)
def home():
    """From the address to all of Home's data, nothing kept by the browser, with a year of trading behind."""
    from bench import pages

    url = pages.serve("page_home")
    with pages.logged_in(url) as page:
        page.context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
        page.add_init_script("delete Navigator.prototype.serviceWorker")
        taken = [_visit(page, url) for _ in range(VISITS + 1)][1:]
    return Value(taken, notes={"slowest_s": max(taken)})


def _visit(page, url):
    page.goto("about:blank")
    started = time.perf_counter()
    page.goto(f"{url}/home", wait_until="commit")
    page.wait_for_function(SHOWN, polling=20)
    return time.perf_counter() - started


@row("page.keystroke", n=96, versus="50 ms", at_most=0.05, seconds=400)
def keystroke():
    """Ten digits typed into the grid of 96 quarter hours: the slowest until the next frame, of each round."""
    from bench import pages

    url = pages.serve("page_keystroke")
    with pages.logged_in(url) as page:
        _open_grid(page, url)
        page.evaluate(ANSWERS)
        rounds = [_type(page, f"order-cell-{40 + number}-kwh") for number in range(ROUNDS + 1)][1:]
    return Value(
        [max(answers) / 1000 for answers in rounds], notes={"slowest_s": max(map(max, rounds)) / 1000}
    )


def _open_grid(page, url):
    """A day-ahead auction that still takes orders, its grid ready to be written in."""
    page.goto(f"{url}/trading")
    page.get_by_test_id("strategy-state").wait_for()
    page.mouse.wheel(0, 200)  # what lies below comes
    page.get_by_test_id("market-dam").click()
    own, cell = page.get_by_test_id("own-order"), page.get_by_test_id("order-cell-40-kwh")
    own.or_(cell).first.wait_for()
    if own.is_visible():
        own.click()
    cell.wait_for()


def _type(page, cell):
    page.evaluate("window.answers.length = 0")
    page.get_by_test_id(cell).fill("")
    page.get_by_test_id(cell).focus()
    page.keyboard.type(DIGITS, delay=60)
    page.wait_for_function(f"window.answers.length >= {len(DIGITS)}")
    return page.evaluate("window.answers")
