"""What a policy says of people: who is who, who decides, when nothing is released."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest
from fakes.asked import ROLES, policy_document
from hypothesis import given
from hypothesis import strategies as st
from pilotage.deciding import Approval, Freeze, GroupQuorum, Rooms, Rule, Window
from pilotage.errors import BadPolicy
from pilotage.people import Channel, Identity, Person, named, who
from pilotage.plan.risk import SEVERITIES, PointKind
from pilotage.policy import check_policy, read_policy
from pilotage.schema import schema

PAGE = Path(__file__).parents[2] / "docs" / "policy.md"
PEOPLE = {
    "ada": {"slack": ["T0CATS/U0ADA"], "github": ["ada-cats"], "email": ["ada@example.org"]},
    "bob": {"slack": ["T0CATS/U0BOB"], "email": ["bob@example.org"]},
    "eve": {"iam": ["arn:aws:sts::123456789012:assumed-role/engineer/eve"], "email": ["eve@example.org"]},
}
ASKS: dict[str, Any] = {
    "people": PEOPLE,
    "groups": {"sre": ["ada", "bob", "eve"], "on-call": ["bob", "eve"]},
    "approval": {"when": "risk", "rule": {"groups": [{"group": "sre", "quorum": 2}], "break_glass": "on-call"}},
    "rooms": {"slack_team": "T0CATS", "slack": "C0SHIPS", "slack_pages": "C0PAGES"},
}
PROPERTIES = schema("policy")["properties"]


def asking(**rule: Any) -> dict[str, Any]:
    """The approval of ASKS with other parts of its rule."""
    return {"approval": {"when": "risk", "rule": {**ASKS["approval"]["rule"], **rule}}}


def person(name: str, **ids: list[str]) -> dict[str, Any]:
    return {"people": {**PEOPLE, name: ids}}


def test_everything_that_is_said_of_people_arrives_as_its_own_type() -> None:
    """The approval reads these, and nothing else."""
    window = {"reason": "weekend", "cron": "0 16 * * FRI", "minutes": 60, "time_zone": "Europe/Berlin"}
    approval = {
        "when": "risk",
        "points": ["role", "first release"],
        "rule": {"groups": [{"group": "sre", "quorum": 2}], "expires_minutes": 30, "delegates": {"ada": "eve"}},
        "rollbacks": True,
        "growth_percent": 0,
        "severities": ["LOW"],
        "evenings": [window],
    }
    freeze = {"windows": [window], "meets": "end", "rollbacks": False}
    policy = read_policy(json.dumps(policy_document(**{**ASKS, "approval": approval, "freeze": freeze})), "v1")
    weekend = Window("weekend", "0 16 * * FRI", 60, time_zone="Europe/Berlin")
    rule = Rule((GroupQuorum("sre", 2),), expires_minutes=30, delegates={"ada": "eve"})
    points = ("role", "first release")
    assert policy.approval == Approval("risk", points, rule, True, 0, ("LOW",), (weekend,))
    assert policy.freeze == Freeze((weekend,), "end", rollbacks=False)
    assert policy.rooms == Rooms("T0CATS", "C0SHIPS", "C0PAGES")
    assert policy.groups["on-call"] == ("bob", "eve")
    assert policy.people["bob"] == Person(slack=("T0CATS/U0BOB",), email=("bob@example.org",))
    assert who(policy.people, Identity(Channel.SLACK, "T0CATS/U0ADA")) == "ada"
    assert named(policy.people, ["ADA@example.org", "ada-cats", "nobody@example.org"]) == {"ada"}


def test_a_policy_that_says_nothing_of_people_asks_nobody() -> None:
    """What was released before there were approvals is released as before."""
    policy = read_policy(json.dumps(policy_document()), "v1")
    assert (policy.people, policy.groups) == ({}, {})
    assert (policy.approval, policy.freeze, policy.rooms) == (Approval(), Freeze(), Rooms())


@pytest.mark.parametrize(
    ("schema_of", "kind"),
    [
        (PROPERTIES["approval"], Approval),
        (PROPERTIES["approval"]["properties"]["rule"], Rule),
        (PROPERTIES["approval"]["properties"]["rule"]["properties"]["groups"]["items"], GroupQuorum),
        (PROPERTIES["approval"]["properties"]["evenings"]["items"], Window),
        (PROPERTIES["freeze"]["properties"]["windows"]["items"], Window),
        (PROPERTIES["freeze"], Freeze),
        (PROPERTIES["rooms"], Rooms),
        (PROPERTIES["people"]["additionalProperties"], Person),
    ],
)
def test_schema_and_code_know_the_same_fields_and_defaults(schema_of: dict[str, Any], kind: type) -> None:
    """A field that only one of them knows is refused, or silently left out."""
    fields = {field.name: field for field in dataclasses.fields(kind)}
    assert set(schema_of["properties"]) == set(fields)
    for name, rules in schema_of["properties"].items():
        if "default" in rules:
            factory = fields[name].default_factory
            default = fields[name].default if factory is dataclasses.MISSING else factory()
            assert rules["default"] == (list(default) if isinstance(default, tuple) else default), name


def test_every_kind_of_risk_and_severity_can_be_named() -> None:
    """A policy could not ask for what its schema forgot."""
    approval = PROPERTIES["approval"]["properties"]
    assert approval["points"]["items"]["enum"] == [kind.value for kind in PointKind]
    assert approval["severities"]["items"]["enum"] == list(SEVERITIES)


def test_every_field_has_a_description() -> None:
    """Editors and the reference show it."""
    for name in ("people", "groups", "approval", "freeze", "rooms"):
        for rules in _every(PROPERTIES[name]):
            assert rules["description"].endswith("."), rules


def _every(rules: dict[str, Any]) -> list[dict[str, Any]]:
    free = rules.get("additionalProperties")
    below = [*rules.get("properties", {}).values(), *([rules["items"]] if "items" in rules else [])]
    below += [free] if isinstance(free, dict) else []
    return [rules, *(each for one in below for each in _every(one))]


@pytest.mark.parametrize(
    ("fields", "path", "told"),
    [
        ({"people": {"Ada": {}}}, "a name in people: 'Ada'", "a lower-case letter"),
        (person("ada", slack=["@ada"]), "people.ada.slack[0]: '@ada'", "T0CATS/U0ADA"),
        (person("ada", slack=["U0ADA"]), "people.ada.slack[0]", "T0CATS/U0ADA"),
        (person("ada", teams=["ada@example.org"]), "people.ada.teams[0]", "object id"),
        (person("ada", github=["Ada-Cats"]), "people.ada.github[0]", "lower case"),
        (person("ada", iam=["*"]), "people.ada.iam[0]: '*'", "assumed role"),
        (person("ada", email=["ada"]), "people.ada.email[0]", "ada@example.org"),
        (person("ada", phone=["1"]), "people.ada.phone", "no such field"),
        (person("bob", slack=["T0CATS/U0ADA"]), "people.bob.slack[0]: 'T0CATS/U0ADA'", "It is ada's, too"),
        (person("bob", email=["Ada@Example.org"]), "people.bob.email[0]", "It is ada's, too"),
        (
            person("bob", iam=["arn:aws:sts::123456789012:assumed-role/engineer/e*"]),
            "people.eve.iam[0]",
            "It is bob's, too",
        ),
        (person("bob", github=["eve"]), "people.bob.github[0]: 'eve'", "the name of another person"),
        ({"groups": {"sre": ["ada", "bbo"]}}, "groups.sre[1]: 'bbo'", "did you mean `bob`?"),
        ({"groups": {"sre": []}}, "groups.sre: []", "1 entries at least"),
        ({"approval": {"when": "always"}}, "approval.rule: None", "say who has to agree"),
        ({"approval": {"when": "sometimes"}}, "approval.when", "never, always or risk"),
        ({"approval": {"points": ["rolle"]}}, "approval.points[0]", "Did you mean `role`?"),
        (asking(groups=[{"group": "sre", "quorum": 4}]), "approval.rule.groups[0].quorum: 4", "has only 3"),
        (asking(groups=[{"group": "sra"}]), "approval.rule.groups[0].group: 'sra'", "did you mean `sre`?"),
        (asking(groups=[{"group": "sre"}, {"group": "sre"}]), "approval.rule.groups[1].group", "twice"),
        (asking(groups=[]), "approval.rule.groups: []", "1 entries at least"),
        (asking(groups=[{"group": "sre", "quorum": 0}]), "approval.rule.groups[0].quorum: 0", "at least 1"),
        (asking(expires_minutes=10001), "approval.rule.expires_minutes: 10001", "10000 at most"),
        (asking(delegates={"ada": "dan"}), "approval.rule.delegates.ada: 'dan'", "no such person"),
        (asking(delegates={"dan": "ada"}), "approval.rule.delegates.dan: 'dan'", "no such person"),
        (asking(delegates={"ada": "ada"}), "approval.rule.delegates.ada: 'ada'", "name another person"),
        (
            asking(groups=[{"group": "on-call"}], delegates={"ada": "eve"}),
            "approval.rule.delegates.ada",
            "in none of the rule's groups",
        ),
        (asking(break_glass="oncall"), "approval.rule.break_glass: 'oncall'", "did you mean `on-call`?"),
        ({"rooms": {"slack": "#ships"}}, "rooms.slack: '#ships'", "C0SHIPS"),
        ({"rooms": {"slack": "C0SHIPS"}}, "rooms.slack: 'C0SHIPS'", "slack_team"),
        ({"freeze": {"meets": "stop"}}, "freeze.meets: 'stop'", "wait or end"),
        ({"freeze": {"windows": [{"reason": "x"}]}}, "freeze.windows[0]", "`cron` and `minutes`"),
        (
            {"approval": {"evenings": [{"reason": "x", "cron": "0 25 * * *", "minutes": 5}]}},
            "approval.evenings[0].cron: '0 25 * * *'",
            "Five fields",
        ),
        ({"freeze": {"windows": [{"reason": "x", "time_zone": "Mars/Here"}]}}, "time_zone: 'Mars/Here'", "IANA"),
        ({"roles": {"execution": f"{ROLES}/x", "scheduler": 3}}, "roles.scheduler: 3", "a text or null"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_path_value_and_remedy(fields: dict[str, Any], path: str, told: str) -> None:
    """A rule that names nobody would hold every release of its environment for ever."""
    text = json.dumps(policy_document(**{**ASKS, **fields}))
    with pytest.raises(BadPolicy) as caught:
        read_policy(text, "v1")
    assert path in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"environment": "prod", "approval": {"when": "never"}}, "approval.when: never"),
        ({"environment": "prod-eu", "approval": {}}, "approval.when: never"),
        ({"approval": {"rule": ASKS["approval"]["rule"]}}, "nobody is asked, since `when` is never"),
        (asking(self_approval=True), "approval.rule.self_approval"),
        (asking(groups=[{"group": "on-call", "quorum": 2}]), "groups.on-call: all 2 have to agree"),
        (asking(groups=[{"group": "sre"}, {"group": "on-call"}]), "eve has a voice in each of them"),
        (asking(groups=[{"group": "sre"}, {"group": "on-call"}], delegates={"bob": "ada"}), "ada has a voice in each"),
        ({"groups": {**ASKS["groups"], "on-call": ["bob"]}}, "bob alone can release anything"),
        ({"rooms": {"slack_team": "T0CATS", "slack": "C0SHIPS"}}, "rooms.slack_pages"),
        ({"rooms": {}}, "nobody is told that a release waits"),
        (person("dan", email=["dan@example.org"]), "people.dan: no chat"),
        (person("bob", slack=["T0CATS/U0BOB"]), "people.bob: without `email` or `github`"),
        (person("bob", iam=["arn:aws:sts::123456789012:assumed-role/ops*/bob"], github=["bob"]), "everybody with such"),
        (person("bob", iam=["arn:aws:sts::123456789012:assumed-role/ops/*"], github=["bob"]), "everybody with such"),
        (person("bob", iam=["arn:aws:iam::123456789012:*"], github=["bob"]), "everybody with such"),
    ],
)  # fmt: skip
def test_a_door_left_open_is_noted(fields: dict[str, Any], told: str) -> None:
    """None of these is a mistake, and each has surprised somebody."""
    text = json.dumps(policy_document(**{**ASKS, **fields}))
    read_policy(text, "v1")
    assert told in " ".join(check_policy(text))


def test_a_rule_that_somebody_else_can_always_fulfil_has_nothing_to_note() -> None:
    """A check that always says something is not read."""
    assert check_policy(json.dumps(policy_document(**ASKS))) == []


def test_a_stand_in_is_no_further_voice() -> None:
    """Where two of two have to agree, a member and their stand-in are one of them."""
    fields = asking(groups=[{"group": "on-call", "quorum": 2}], delegates={"bob": "ada"})
    assert "all 2 have to agree" in " ".join(check_policy(json.dumps(policy_document(**{**ASKS, **fields}))))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(data=st.data(), value=JSON)
def test_a_policy_of_people_with_any_leaf_replaced_is_a_policy_or_a_bad_policy(data: st.DataObject, value: Any) -> None:
    """The checks beyond the schema only ever see what the schema lets pass, at any depth."""
    document = json.loads(json.dumps(policy_document(**ASKS)))
    here = document
    key: Any = data.draw(st.sampled_from(("people", "groups", "approval", "rooms")))
    while isinstance(here[key], (dict, list)) and data.draw(st.integers(0, 3)):
        here = here[key]
        key = data.draw(st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here))))
    here[key] = value
    told = check_policy(json.dumps(document))
    assert all(sentence.isprintable() for sentence in told)


@pytest.mark.parametrize("example", re.findall(r"```json\n(.+?)```", PAGE.read_text("utf-8"), re.DOTALL))
def test_the_examples_of_the_reference_have_neither_mistakes_nor_open_doors(example: str) -> None:
    """They are what people copy."""
    fields = json.loads(example)
    assert fields["people"]
    assert check_policy(json.dumps(policy_document(**fields))) == []
