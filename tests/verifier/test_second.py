"""Two verifiers by two hands, from one page: they tell the same of every bundle.

Where they differ the page is not clear, or one of them departs from it.
"""

import io
import random
from datetime import UTC, datetime

import pytest

from engine import verifier
from engine.audit.exports.bundle import nobody, write
from engine.testing import campaign
from tests.verifier import mutations, second
from tests.verifier.bundles import bundle, story, zipped
from tests.verifier.mutations import Case, Spoilt

OFFICES, EACH = 60, 8
"""How many histories are spoilt in every run, and how often each."""
NOW = datetime(2026, 1, 5, tzinfo=UTC)


def by_first(data: bytes, policy: str | None) -> second.Report:
    """What `engine/verifier.py` tells, in the second one's terms."""
    found = verifier.verify(io.BytesIO(data), policy)
    defects = {(one.code, one.where.position) for one in found.defects}
    return second.Report(found.exit, defects, {one.code for one in found.undecided})


def differences(data: bytes, policy: str | None) -> list[object]:
    """The exit and the (code, position) that only one of both tells."""
    first, other = by_first(data, policy), second.verify(data, policy)
    if first.exit != other.exit:
        return [first.exit, other.exit, *(first.defects ^ other.defects)]
    if other.unread:
        # what is told of content that cannot be read to its end is the verifier's own
        return ["no bundle.member"] * (("bundle.member", None) not in first.defects)
    return [] if first.exit == 3 else sorted(first.defects ^ other.defects, key=str)


def differing(case: Case, draw: random.Random, times: int) -> list[object]:
    found: list[object] = []
    for _ in range(times):
        spoilt: Spoilt = mutations.spoilt(case, draw)
        apart = differences(spoilt.data, spoilt.policy)
        found += [(spoilt.how, apart)] if apart else []
    return found


@pytest.mark.parametrize("seed", range(OFFICES))
def test_what_holds_for_one_holds_for_the_other(seed: int) -> None:
    case = mutations.office(seed)
    data = zipped(mutations.members_of(case))
    assert second.verify(data, case.policy) == second.Report()
    assert by_first(data, case.policy) == second.Report()


@pytest.mark.parametrize("scope", ["log", "list"])
@pytest.mark.parametrize("seed", range(10))
def test_the_other_hands_honest_bundles_hold(seed: int, scope: str) -> None:
    log = story(seed, length=4 * seed + 1)
    names = sorted({*log.heads} - {"~log"})
    written = bundle(log, "log" if scope == "log" else names)
    found = second.verify(zipped(written.members), written.policy)
    assert found == second.Report()


@pytest.fixture(scope="module")
def shipped() -> bytes:
    """The bundle of the whole shipped campaign, signed by nobody."""
    out = io.BytesIO()
    with campaign("memory:").journal as journal:
        write(journal, out, None, now=NOW, sign=nobody)
    return out.getvalue()


def test_the_shipped_campaign_holds_for_both(shipped: bytes) -> None:
    found = second.verify(shipped)
    assert (found.exit, found.defects) == (2, set())
    assert found.undecided == {"policy", "checkpoint"}
    assert differences(shipped, None) == []


@pytest.mark.parametrize("seed", range(OFFICES))
def test_both_tell_the_same_of_what_was_spoilt(seed: int) -> None:
    case = mutations.office(seed)
    assert differing(case, random.Random(seed), EACH) == []


def test_nearly_all_that_is_spoilt_is_told() -> None:
    """Else two verifiers that tell nothing would agree.

    What the log's own key made anew from end to end may say other things that hold.
    """
    exits, codes = [], set()
    for seed in range(20):
        case, draw = mutations.office(seed), random.Random(seed)
        for _ in range(6):
            spoilt = mutations.spoilt(case, draw)
            found = second.verify(spoilt.data, spoilt.policy)
            if not spoilt.how.endswith("[4, None]"):
                exits.append(found.exit)
            codes |= {code for code, _ in found.defects}
    assert exits.count(0) < len(exits) / 10
    assert len(codes) > 20


# --- Long campaigns


@pytest.mark.slow
def test_both_tell_the_same_of_thousands() -> None:
    found: list[object] = []
    for seed in range(1000, 1500):
        found += differing(mutations.office(seed), random.Random(seed), 10)
    assert found == []


@pytest.mark.slow
def test_both_tell_the_same_of_a_spoilt_campaign(shipped: bytes) -> None:
    case = mutations.of_bundle(shipped)
    assert differing(case, random.Random(7), 150) == []
