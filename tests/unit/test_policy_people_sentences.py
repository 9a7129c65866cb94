"""What `pilotage policy check` says of people, word for word, and where it has nothing to say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fakes.asked import policy_document
from pilotage.policy import check_policy

ROLE = "arn:aws:sts::123456789012:assumed-role"
PEOPLE = {
    "ada": {"slack": ["T0CATS/U0ADA"], "github": ["ada-cats"]},
    "bob": {"slack": ["T0CATS/U0BOB"], "email": ["bob@example.org"]},
    "eve": {"iam": [f"{ROLE}/engineer/eve"], "email": ["eve@example.org"]},
}
GROUPS = {"sre": ["ada", "bob", "eve"], "duo": ["bob", "eve"], "solo": ["ada"]}
RULE: dict[str, Any] = {"groups": [{"group": "sre", "quorum": 2}]}
ROOMS = {"slack_team": "T0CATS", "slack": "C0SHIPS", "slack_pages": "C0PAGES"}
NOBODY_PAGED = "rooms.slack_pages: there is none, so nobody is paged when the glass is broken."
NOBODY_TOLD = "rooms: there is none, so nobody is told that a release waits for them."
NOBODY_ASKED = "approval.when: never releases every push to this environment with nobody asked."
NOBODY_NEEDED = "approval.rule: nobody is asked, since `when` is never."
NO_PERSON = "There is no such person in people: there is ada, bob and eve."
EVES_NAME = "It is the name of another person here, whom commits would name by it: rename eve."
HAVE_TO_AGREE = "have to agree, so what one of them wrote can never be approved. Add somebody, or lower the quorum."
ALONE = "has a voice in each of them, and alone can say yes for all."
NOWHERE = "no chat, GitHub, webhook or IAM knows this person, who can decide nowhere."
SELF = "approval.rule.self_approval: who wrote a change can release it with nobody else looking."


def said(*without: str, **fields: Any) -> dict[str, Any]:
    """The fields of a policy."""
    document = {"people": PEOPLE, "groups": GROUPS, "approval": {"when": "risk", "rule": RULE}, "rooms": ROOMS}
    return {name: part for name, part in (document | fields).items() if name not in without}


def ruled(*without: str, **rule: Any) -> dict[str, Any]:
    return said(*without, approval={"when": "risk", "rule": {**RULE, **rule}})


def known(name: str, **ids: list[str]) -> dict[str, Any]:
    return said(people={**PEOPLE, name: ids})


def needed(*groups: str, quorum: int | None = None) -> list[dict[str, Any]]:
    return [{"group": group} | ({} if quorum is None else {"quorum": quorum}) for group in groups]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (
            said(groups={**GROUPS, "x": ["bbo"]}),
            ["groups.x[0]: 'bbo'. There is no such person in people; did you mean `bob`?"],
        ),
        (
            said(groups={**GROUPS, "x": ["ada", "zzzzzzzz"]}),
            [f"groups.x[1]: 'zzzzzzzz'. {NO_PERSON}"],
        ),
        (
            said("people", "approval", groups={"x": ["ada"]}),
            ["groups.x[0]: 'ada'. There is no such person in people, which are empty."],
        ),
        (
            ruled("people", "groups", groups=needed("sre"), delegates={"ada": "bob"}, break_glass="duo"),
            [
                "approval.rule.groups[0].group: 'sre'. There is no such group in groups, which are empty.",
                "approval.rule.delegates.ada: 'ada'. There is no such person in people, which are empty.",
                "approval.rule.delegates.ada: 'bob'. There is no such person in people, which are empty.",
                "approval.rule.break_glass: 'duo'. There is no such group in groups, which are empty.",
            ],
        ),
        (
            ruled(break_glass="zzzzzzzz"),
            ["approval.rule.break_glass: 'zzzzzzzz'. There is no such group in groups: there is duo, solo and sre."],
        ),
        (
            ruled(delegates={"zzzzzzzz": "ada"}),
            [f"approval.rule.delegates.zzzzzzzz: 'zzzzzzzz'. {NO_PERSON}"],
        ),
        (
            ruled(groups=needed("duo"), delegates={"ada": "yyyyyyyy"}),
            [
                "approval.rule.delegates.ada: 'ada'. Nobody has to stand in for who is in none of the rule's groups.",
                f"approval.rule.delegates.ada: 'yyyyyyyy'. {NO_PERSON}",
            ],
        ),
        (
            ruled(delegates={"ada": "ada"}),
            ["approval.rule.delegates.ada: 'ada'. Nobody stands in for themselves: name another person."],
        ),
        (
            ruled(groups=needed("duo", quorum=3)),
            ["approval.rule.groups[0].quorum: 3. duo has only 2: this could never be approved."],
        ),
        (
            ruled(groups=[*needed("duo"), *needed("duo", quorum=2)]),
            ["approval.rule.groups[1].group: 'duo'. It stands here twice: once, with the quorum that you mean."],
        ),
        (said(approval={"when": "risk"}), ["approval.rule: None. `when` is risk: say who has to agree."]),
        (
            said(rooms={"slack": "C0SHIPS", "slack_pages": "C0PAGES"}),
            [
                "rooms.slack: 'C0SHIPS'. Say of which team: slack_team.",
                "rooms.slack_pages: 'C0PAGES'. Say of which team: slack_team.",
            ],
        ),
        (
            known("bob", slack=["T0CATS/U0BOB", "T0CATS/U0ADA"], github=["bob"]),
            ["people.bob.slack[1]: 'T0CATS/U0ADA'. It is ada's, too: one person an id."],
        ),
        (
            known("bob", github=["ok", "eve"]),
            [f"people.bob.github[1]: 'eve'. {EVES_NAME}"],
        ),
        (
            known("zoe", iam=[f"{ROLE}/ENGINEER/*"]),
            [f"people.zoe.iam[0]: '{ROLE}/ENGINEER/*'. It is eve's, too: one person an id."],
        ),
        (known("zoe", iam=[f"{ROLE}/engineer/zoe", f"{ROLE}/engineer/zo*"]), []),
        (known("zoe", slack=["T0CATS/U0ZOE"], webhook=["ada-cats"]), []),  # an id is one's own within its channel
        (known("bob", slack=["T0CATS/U0BOB"], github=["bob"]), []),
    ],
)
def test_a_mistake_is_one_sentence_with_its_remedy(fields: dict[str, Any], told: list[str]) -> None:
    """One slip, one sentence: a second one about the same would send people looking for a second slip."""
    assert check_policy(json.dumps(policy_document(**fields))) == told


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (said(), []),
        (said(environment="prod", approval={"when": "never"}), [NOBODY_ASKED]),
        (said(environment="prod-eu", approval={"rule": RULE}), [NOBODY_ASKED, NOBODY_NEEDED]),
        (said("approval", environment="production"), [NOBODY_ASKED]),
        (said("approval", "rooms", "groups", "people"), []),
        (said(environment="prod"), []),
        (said(environment="staging", approval={"when": "never"}), []),
        (ruled(self_approval=True), [SELF]),
        (ruled(groups=needed("duo", quorum=2), self_approval=True), [SELF]),
        (
            ruled(groups=needed("duo", quorum=2)),
            [f"groups.duo: all 2 {HAVE_TO_AGREE}"],
        ),
        (
            ruled(groups=needed("solo")),
            [f"groups.solo: all 1 {HAVE_TO_AGREE}"],
        ),
        (ruled(groups=needed("duo")), []),
        (ruled(groups=needed("sre", quorum=1)), []),
        (
            ruled(groups=needed("sre", "duo")),
            [f"approval.rule.groups: {name} {ALONE}" for name in ("bob", "eve")],
        ),
        (ruled(groups=[*needed("duo"), *needed("sre", quorum=2)]), []),
        (ruled(break_glass="duo"), []),
        (
            ruled(break_glass="solo"),
            ["approval.rule.break_glass: ada alone can release anything, for any reason that is given."],
        ),
        (ruled("rooms", break_glass="duo"), [NOBODY_PAGED, NOBODY_TOLD]),
        (said("rooms"), [NOBODY_TOLD]),
        (said(rooms={"teams": True}), []),
        (said(rooms={"github": True}), []),
        (said(rooms={"github": False, "teams": False}), [NOBODY_TOLD]),
        (known("zoe", email=["zoe@example.org"]), [f"people.zoe: {NOWHERE}"]),
        (known("zoe", slack=["T0CATS/U0ZOE"]), []),  # decides nothing, so nobody need know what is hers
        (
            known("bob", slack=["T0CATS/U0BOB"], email=[]),
            ["people.bob: without `email` or `github`, nobody can tell which changes are this person's own."],
        ),
        (
            known("zoe", iam=[f"{ROLE}/ops/zoe*", f"{ROLE}/o*/zoe"]),
            [f"people.zoe.iam: '{ROLE}/o*/zoe' is everybody with such a role. Name role and session."],
        ),
    ],
)
def test_what_is_left_to_chance_is_noted_and_nothing_else(fields: dict[str, Any], told: list[str]) -> None:
    """A note is about what may be meant: whoever means it must not learn to skip the rest."""
    assert check_policy(json.dumps(policy_document(**fields))) == told
