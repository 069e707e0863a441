"""The console in a real browser: live rows, the pause, hostile names, every page in both colour schemes and at phone width."""

import shutil
import time
from contextlib import contextmanager

import pytest

from local.console.layout import PAGES
from tests.engine.browsers import Person, chromium, firefox
from tests.local import accessibility
from tests.local import edge_support as edge
from tests.local.console_support import World
from tests.waiting import eventually

MISSING = [name for name in ("chromium", "firefox-esr", "certutil") if not shutil.which(name)]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"not on this machine: {', '.join(MISSING)}"),
]
NARROW, WIDE = 360, 1280
FAULTY = """
const faint = document.createElement("p");
faint.textContent = "faint";
faint.style.background = "#777";
faint.style.color = "#888";
document.querySelector("main").append(faint, document.createElement("img"));
"""
"""Grey on grey, and a picture without a word: near misses of the pages' own."""
HOSTILE = "<img src=x onerror=window.hacked=1>"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with World(tmp_path_factory.mktemp("console")) as made:
        yield made


@contextmanager
def opened(start, world, home):
    """A browser without any certificate."""
    with start(Person(home, world.cloud.api_ca), f"http://{world.cloud.api_address}", "127.0.0.1") as browser:
        yield browser


@pytest.fixture(scope="module", params=[chromium, firefox], ids=["chromium", "firefox"])
def browser(request, world, tmp_path_factory):
    with opened(request.param, world, tmp_path_factory.mktemp("home")) as found:
        yield found


@pytest.fixture(scope="module")
def resizable(world, tmp_path_factory):
    """Chromium, which can be told width and colour scheme."""
    with opened(chromium, world, tmp_path_factory.mktemp("home")) as found:
        yield found


def refused(world, name):
    """A handshake of a stranger's client."""
    stranger = edge.issue("Stranger", ca=True)
    client = edge.issue(name, stranger).write(world.plane.envoy.folder, f"client-{time.monotonic_ns()}")
    with pytest.raises(OSError, match=r"."):
        edge.https(edge.place(world.store, "lsn-c"), edge.tls_context(client=client))


def rows(browser):
    """The text of the live table."""
    return browser.evaluate("document.querySelector('tbody').innerText")


def state(browser):
    return browser.evaluate("document.getElementById('live-state').textContent")


def test_refused_handshake_appears_and_pauses(world, browser):
    """With its reason, without a reload, above the others; nothing new while paused, and all of it afterwards."""
    refused(world, "before")
    browser.visit(f"http://{world.cloud.api_address}/console/handshakes")
    assert eventually(lambda: state(browser), lambda text: text.startswith("Live")).startswith("Live")
    assert "before" in eventually(lambda: rows(browser), lambda text: "before" in text)
    mallory = f"mallory-{type(browser).__name__}"
    refused(world, mallory)
    assert mallory in eventually(lambda: rows(browser), lambda text: mallory in text)
    assert rows(browser).index(mallory) < rows(browser).index("before")
    assert "chain.incomplete" in rows(browser)
    browser.evaluate("document.querySelector('button').click()")
    assert state(browser) == "Paused."
    paused = f"paused-{type(browser).__name__}"
    refused(world, paused)
    assert eventually(lambda: state(browser), lambda text: "1 new" in text) == "Paused: 1 new row waits."
    assert paused not in rows(browser)
    browser.evaluate("document.querySelector('button').click()")
    assert paused in rows(browser)


def test_hostile_name_stays_text(world, browser):
    """In a row that the script adds, and in one that the page had: no element, no code."""
    browser.visit(f"http://{world.cloud.api_address}/console/handshakes")
    eventually(lambda: state(browser), lambda text: text.startswith("Live"))
    refused(world, f"{HOSTILE}{type(browser).__name__}")
    assert "onerror" in eventually(lambda: rows(browser), lambda text: "onerror" in text)
    browser.visit(f"http://{world.cloud.api_address}/console/handshakes")
    assert "onerror" in rows(browser)
    assert browser.evaluate("document.images.length") == 0
    assert browser.evaluate("typeof window.hacked") == "undefined"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_every_page_fits_and_follows_the_scheme(world, resizable, scheme, width):
    """Nothing sticks out to the side, and the background is the scheme's."""
    resizable.look(width, scheme)
    world.ask("/?Action=DescribeVpcs&Version=2016-04-28")
    wider, colours = [], set()
    for path in (*PAGES, "listeners/lsn-c", "server-groups/sgp-web"):
        resizable.visit(f"http://{world.cloud.api_address}/console/{path}")
        if resizable.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wider.append(path)
        colours.add(resizable.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert wider == []
    assert colours == {"rgb(245, 246, 248)" if scheme == "light" else "rgb(20, 23, 27)"}


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    return accessibility.fetched(tmp_path_factory.mktemp("axe"))


def faults(browser, axe):
    """What axe finds serious in the page that is open."""
    browser.evaluate(f"{axe}; ''")
    browser.evaluate(accessibility.RUN)
    return accessibility.serious(eventually(lambda: browser.evaluate("window.axeFound"), bool))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_axe_finds_no_serious_fault(world, resizable, axe, scheme, width):
    """On every page, with rows in the live tables; a page with a fault put in is found out."""
    resizable.look(width, scheme)
    world.ask("/?Action=DescribeVpcs&Version=2016-04-28")
    refused(world, f"axe-{scheme}-{width}")
    found = {}
    for path in (*PAGES, "listeners/lsn-c", "server-groups/sgp-web", "no-such-page"):
        resizable.visit(f"http://{world.cloud.api_address}/console/{path}")
        found[path] = faults(resizable, axe)
    assert {path: told for path, told in found.items() if told} == {}
    resizable.evaluate(FAULTY)
    assert [told.partition(":")[0] for told in faults(resizable, axe)] == ["color-contrast", "image-alt"]


def test_stopped_server_turns_red_in_the_open_picture(world, browser):
    """Without a reload, by the topology's stream; and back."""
    browser.visit(f"http://{world.cloud.api_address}/console/topology")
    eventually(lambda: state(browser), lambda text: text.startswith("Live"))
    words = "[...document.querySelectorAll('#picture .bad')].map((one) => one.parentElement.innerText)"
    reds = f"{words}.filter((text) => text.includes('Abnormal')).join()"
    assert browser.evaluate(reds) == ""
    stopped = world.store.get("ecs.instance", world.instances[1])
    world.store.put("ecs.instance", world.instances[1], stopped | {"Status": "Stopped"})
    world.fleet.reconcile()
    assert eventually(lambda: browser.evaluate(reds), bool) == "✕ Abnormal ECS02"
    world.store.put("ecs.instance", world.instances[1], stopped)
    world.fleet.reconcile()
    assert eventually(lambda: browser.evaluate(reds), lambda text: not text) == ""
