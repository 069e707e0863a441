"""The table of actions and the coverage page made from it."""

from local.cloud import catalogue
from local.cloud.actions import find
from local.cloud.coverage import SOURCES, missing, render_coverage
from local.cloud.inventory import CALLS
from local.cloud.products import PRODUCTS

READS = ("Describe", "Get", "List", "Query")


def test_every_action_says_where_its_behaviour_comes_from():
    """One of the four sources, a docstring, a version that belongs to a product."""
    for action in catalogue.TABLE.values():
        assert action.source in SOURCES
        assert action.handler.__doc__
        assert action.version in PRODUCTS


def test_an_action_writes_unless_its_name_says_it_reads():
    """A guard asks the log for the first write; a wrong flag would blind it."""
    wrong = [a.name for a in catalogue.TABLE.values() if a.writes == a.name.startswith((*READS, "GET·"))]
    assert wrong == []


def test_the_page_names_every_call_the_provider_can_make():
    """Offered or not, each of the 190 is a row."""
    rows = [line.split("|")[1].strip() for line in render_coverage().splitlines() if line.startswith("| ")]
    calls = [name.replace("·", " ") for names in CALLS.values() for name in names.split()]
    assert len(calls) == 190
    assert set(calls) - set(rows) <= {"UnTagResources", "UntagResources"}


def test_every_call_the_provider_can_make_is_offered():
    """For the resources in scope."""
    assert missing() == []


def test_a_call_under_a_sister_version_finds_its_action():
    """The provider renames certificates under a version of its own."""
    assert find("2020-04-07", "createcertificatename").version == "2018-08-13"
    assert find("2016-04-28", "CreateLoadBalancer") is None
