"""A plan from another world: an internal audit by ISO/IEC 27001, in YAML alone."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from engine.core.naming import live_paths
from engine.plan.graph import Plan
from engine.plan.library import check_file, load, shipped
from engine.testing import Play, paper

AUDIT = "units/internal-audit-2026"
SECTIONS = ["objectives", "scope", "criteria", "schedule", "team"]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load(AUDIT)[0]


@pytest.fixture
def play() -> Play:
    """Planning has begun under an approved programme."""
    made = Play.load(AUDIT, now=datetime(2026, 2, 9, 9, tzinfo=UTC))
    made.do("programme", "write", who="audit_manager", file=paper("programme"))
    made.do("programme_approval", "sign", who="managing_director")
    return made


@pytest.fixture
def opened(play: Play) -> Play:
    """The opening meeting has been held and auditor_a is in the server room."""
    write(play)
    for who in ("audit_manager", "ciso"):
        play.do("plan_review", "agree", who=who)
    play.do("notice", "send", who="senior_auditor")
    play.wait(days=35)
    play.do(
        "opening_meeting",
        "hold",
        who="senior_auditor",
        present=["audit_team", "auditees"],
        topics=list(
            play.plan.nodes["conduct.opening.opening_meeting"].fields["agenda"]
        ),
    )
    play.do(
        "fieldwork[technological]",
        "assign",
        who="senior_auditor",
        auditors=["auditor_a"],
        auditees=["it_manager"],
        controls=["A.8.2", "A.8.13", "A.8.15", "A.8.28"],
    )
    return play


@pytest.fixture
def found(opened: Play) -> Play:
    """One major nonconformity has been raised and answered."""
    raise_one(opened, "major")
    answer(opened, "2026-04-10")
    opened.do("findings#1", "agree", who="auditor_a")
    return opened


def write(play: Play) -> None:
    play.do(
        "writing_plan",
        "write",
        who="senior_auditor",
        contains=SECTIONS,
        file=paper("plan"),
    )


def drawn(play: Play) -> list[str]:
    """The controls that were drawn for the technological group."""
    found: list[str] = play.known.fact(
        "f/conduct.evidence.fieldwork[technological]/sampled"
    )
    return found


def raise_one(play: Play, grade: str) -> None:
    play.do(
        "fieldwork[technological]",
        "raise",
        who="auditor_a",
        control=drawn(play)[0],
        grade=grade,
        text="no backup has been restored",
        evidence=paper(),
    )


ANSWER = {
    "correction": "restore",
    "cause": "nobody owns the test",
    "action": "monthly test",
    "responsible": ["it_manager"],
}


def answer(play: Play, until: str) -> None:
    play.do("findings#1", "respond", who="it_manager", until=until, **ANSWER)


@pytest.mark.parametrize("name", ["base/iso-27001-internal-audit", AUDIT])
def test_it_has_no_fault(name: str) -> None:
    checked = check_file(shipped() / f"{name}.yaml")
    assert [one.say("en") for one in checked.faults if one.severity == "fault"] == []
    assert checked.plan is not None


def test_it_can_be_read_without_chinese() -> None:
    for name in (
        "base/iso-27001-internal-audit",
        AUDIT,
        "scenarios/internal-audit-2026",
    ):
        text = (shipped() / f"{name}.yaml").read_text("utf-8")
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in text), name


def test_it_lives_in_british_time_and_works_from_monday_to_friday(plan: Plan) -> None:
    assert str(plan.zone) == "Europe/London"
    assert not plan.calendar.is_working_day(date(2026, 3, 14))
    assert plan.calendar.is_working_day(date(2026, 3, 16))


def test_no_plan_is_sent_that_nobody_has_reviewed(play: Play) -> None:
    write(play)
    refused = play.refusal("notice", "send", who="senior_auditor")
    assert refused == ("the document has not passed review",)


def test_short_notice_is_refused(play: Play) -> None:
    write(play)
    for who in ("audit_manager", "ciso"):
        play.do("plan_review", "agree", who=who)
    play.wait(days=30)
    refused = play.refusal("notice", "send", who="senior_auditor")
    assert "the notice is too short" in refused[0]


def test_an_auditor_does_not_audit_their_own_area(opened: Play) -> None:
    refused = opened.refusal(
        "fieldwork[physical]",
        "assign",
        who="senior_auditor",
        auditors=["auditor_b"],
        auditees=["facilities_manager", "auditor_b"],
        controls=["A.7.2"],
    )
    assert refused == ("an auditor does not audit their own work",)


def test_half_of_the_controls_are_drawn_and_nobody_chooses_them(opened: Play) -> None:
    assert len(drawn(opened)) == 2
    other = ({"A.8.2", "A.8.13", "A.8.15", "A.8.28"} - set(drawn(opened))).pop()
    refused = opened.refusal(
        "fieldwork[technological]",
        "confirm",
        who="auditor_a",
        control=other,
        evidence=paper(),
    )
    assert refused == ("this control was not drawn",)


def test_fieldwork_ends_when_every_drawn_control_is_concluded_on(opened: Play) -> None:
    raise_one(opened, "minor")
    assert opened.state("conduct.evidence.fieldwork[technological]") == "assigned"
    opened.do(
        "fieldwork[technological]",
        "confirm",
        who="auditor_a",
        control=drawn(opened)[1],
        evidence=paper(),
    )
    assert opened.state("conduct.evidence.fieldwork[technological]") == "done"


def test_a_quarter_of_the_staff_is_interviewed(opened: Play) -> None:
    drawn = [path for path in live_paths(opened.known) if "interviews[" in path]
    assert len(drawn) == 1


def test_a_major_nonconformity_cannot_wait(opened: Play) -> None:
    raise_one(opened, "major")
    late = opened.refusal(
        "findings#1", "respond", who="it_manager", until="2026-06-30", **ANSWER
    )
    assert late == ("a major nonconformity cannot wait that long",)


def test_only_an_observation_is_settled_with_a_note(opened: Play) -> None:
    raise_one(opened, "minor")
    refused = opened.refusal("findings#1", "note", who="it_manager", decision="noted")
    assert refused == ("a nonconformity needs a cause and corrective action",)


def test_a_finding_is_chased_once_when_nobody_answers(opened: Play) -> None:
    raise_one(opened, "minor")
    opened.wait(days=13)
    assert chases(opened) == 0
    opened.wait(days=30)
    assert chases(opened) == 1


def chases(play: Play) -> int:
    return sum(getattr(event, "move", "") == "chase" for event in play.events())


def test_the_owner_of_a_finding_does_not_verify_it(found: Play) -> None:
    found.do("findings#1", "implement", who="it_manager", evidence=paper())
    refused = found.refusal("findings#1", "verify", who="it_manager", evidence=paper())
    assert "may not do this" in refused[0]
    found.do("findings#1", "verify", who="auditor_a", evidence=paper())
    assert found.state("findings#1") == "closed"


def test_what_is_not_effective_begins_again_with_its_cause(found: Play) -> None:
    found.do("findings#1", "implement", who="it_manager", evidence=paper())
    found.do("findings#1", "reopen", who="auditor_a", reason="a day is missing")
    assert found.state("findings#1") == "raised"
    assert found.holds("count(findings where it.round == 2) == 1")


def test_an_overdue_action_goes_up(found: Play) -> None:
    found.wait(days=24)
    assert found.holds("count(findings where it.ladder == 4) == 0")
    found.wait(days=10)
    assert found.holds("count(findings where it.ladder == 4) == 1")


def test_an_extension_is_granted_by_another(found: Play) -> None:
    found.do(
        "findings#1",
        "ask_extension",
        who="it_manager",
        until="2026-04-20",
        reason="spare parts",
        progress="ordered",
    )
    refused = found.refusal("findings#1", "extend", who="it_manager")
    assert "may not do this" in refused[0]
    found.do("findings#1", "endorse_extension", who="audit_manager")
    found.do("findings#1", "extend", who="managing_director")
    found.wait(days=30)
    assert found.holds("count(findings where overdue(it)) == 0")


def test_a_second_answer_has_its_own_date(found: Play) -> None:
    found.wait(days=22)
    found.do("findings#1", "implement", who="it_manager", evidence=paper())
    found.do("findings#1", "reopen", who="auditor_a", reason="a day is missing")
    found.wait(days=10)
    answer(found, "2026-05-08")
    assert found.holds("count(findings where overdue(it)) == 0")
