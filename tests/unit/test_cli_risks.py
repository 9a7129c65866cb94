"""The risk of a plan and who would be asked, on a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from fakes.samples import a_plan
from pilotage.deciding import GroupQuorum, Rule
from pilotage.plan.risk import Point, PointKind, Risk
from pilotage_cli.risks import needed, risk_document, show_risk

SRE = Rule((GroupQuorum("sre"),))
RISKY = a_plan(
    risk=Risk((Point(PointKind.GROWTH, "CPU from 2 x 256 to 4 x 256 units"), Point(PointKind.ROLE, "other [red]"))),
    asks=SRE,
    authors=("ada@example.org", "bob@example.org"),
)  # fmt: skip


def test_every_point_stands_with_its_reason_and_who_would_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """Before the push, an engineer knows whose evening it will be."""
    show_risk(RISKY, None)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "",
        "risk  high",
        "  growth: CPU from 2 x 256 to 4 x 256 units",
        "  role: other [red]",
        "",
        "approval",
        "  needs 1 of sre, within 24 h",
        "  made by ada@example.org, bob@example.org: not by them",
    ]


def test_a_plan_without_a_step_has_no_risk_to_show(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing would happen, and nobody would be asked."""
    show_risk(a_plan(steps=()), None)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("rule", "authors", "me", "told"),
    [
        (None, ("ada@example.org",), "ada@example.org", ["nobody is asked"]),
        (SRE, ("ada@example.org",), "Ada@example.org", ["needs 1 of sre, within 24 h", "you made it, so not you"]),
        (
            SRE,
            (),
            "ada@example.org",
            ["needs 1 of sre, within 24 h", "the image does not say who made it: one person more has to agree"],
        ),
        (
            Rule(
                (GroupQuorum("sre", 2), GroupQuorum("leads")),
                self_approval=True,
                expires_minutes=90,
                delegates={"ada": "eve"},
                break_glass="on-call",
            ),
            ("ada@example.org",),
            None,
            [
                "needs 2 of sre and 1 of leads, within 90 minutes",
                "eve can stand in for ada",
                "on-call can release it without them, with a reason",
            ],
        ),
        (Rule((GroupQuorum("sre"),), True, 120), (), None, ["needs 1 of sre, within 2 h"]),
        (Rule((GroupQuorum("sre"),), True, 2 * 24 * 60), (), None, ["needs 1 of sre, within 2 days"]),
    ],
)  # fmt: skip
def test_who_is_needed_is_said_in_words(
    rule: Rule | None, authors: Sequence[str], me: str | None, told: list[str]
) -> None:
    """And whose voice does not count, and why."""
    assert needed(rule, authors, me) == told


def test_programs_get_the_same_as_json() -> None:
    """A pipeline may want to stop by the level, or to name whom it waits for."""
    document = risk_document(RISKY)
    assert document is not None
    assert document["level"] == "high"
    assert document["points"][0] == {"kind": "growth", "reason": "CPU from 2 x 256 to 4 x 256 units"}
    assert document["asks"]["groups"] == [{"group": "sre", "quorum": 1}]
    assert document["authors"] == ["ada@example.org", "bob@example.org"]
    assert risk_document(None) is None
