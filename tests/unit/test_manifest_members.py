"""One manifest of several services: each one's own part over what they share, and every mistake told by its path."""

from __future__ import annotations

from typing import Any

import pytest
from fakes import asked
from pilotage.errors import BadManifest
from pilotage.manifest import check_manifest, manifest_findings
from pilotage.manifest.members import goes_together, member_manifest, member_names, member_service
from pilotage.workload import Kind, members_of, resolve
from pilotage_cli.build.manifest import label_text

SHOP: dict[str, Any] = {
    "cpu": 256,
    "memory": 512,
    "environment": {"LOG_LEVEL": "info", "SHOP": "cats"},
    "migrations": {"before": {"command": ["./migrate"]}},
    "overrides": {"service": {"propagateTags": "SERVICE"}},
    "services": {
        "web": {"count": 3, "environment": {"LOG_LEVEL": "debug"}},
        "worker": {"command": ["./work"], "ports": [], "overrides": {"service": {"enableExecuteCommand": True}}},
        "nightly": {"kind": "schedule", "schedule": {"expression": "rate(1 day)"}},
    },
    "order": ["worker", "web", "nightly"],
}


def test_members_go_in_the_order_that_is_said() -> None:
    """The queue's new consumer has to be there before who writes into the queue."""
    assert member_names(SHOP) == ("worker", "web", "nightly")
    assert not goes_together(SHOP)


def test_without_an_order_they_go_as_they_stand() -> None:
    """What is written above comes first, as a reader expects."""
    said = {key: value for key, value in SHOP.items() if key != "order"}
    assert member_names(said) == ("web", "worker", "nightly")
    assert goes_together({**said, "order": "together"})
    assert member_names({**said, "order": "together"}) == ("web", "worker", "nightly")


def test_the_label_keeps_the_order_of_the_file() -> None:
    """The label's JSON has sorted keys, so that one manifest has one text: the order would be lost in it."""
    text = label_text({"services": {"worker": {}, "api": {}}})
    assert text == '{"order":["worker","api"],"services":{"api":{},"worker":{}}}'
    assert label_text({"services": {"b": {}, "a": {}}, "order": "together"}).startswith('{"order":"together"')


def test_a_members_fields_go_over_those_that_all_share() -> None:
    """Mappings key by key, overrides as deep as they go, lists as a whole: as with every other layer."""
    web, worker = member_manifest(SHOP, "web"), member_manifest(SHOP, "worker")
    assert web["environment"] == {"LOG_LEVEL": "debug", "SHOP": "cats"}
    assert (web["cpu"], web["count"]) == (256, 3)
    assert worker["overrides"] == {"service": {"propagateTags": "SERVICE", "enableExecuteCommand": True}}
    assert not {"services", "order", "service"} & worker.keys()


def test_migrations_of_the_whole_run_once_with_the_first() -> None:
    """Three services that migrate one schema at the same time would be three times the trouble."""
    assert [name for name in member_names(SHOP) if "migrations" in member_manifest(SHOP, name)] == ["worker"]


def test_migrations_of_an_environment_run_once_with_the_first_too() -> None:
    """What stands beside `services` is said once, there as well."""
    said = {**SHOP, "environments": {"dev": {"migrations": {"after": {"command": ["./tidy"]}}}}}
    image = asked.artifact(asked.config(said))
    ran = {name: resolve(image, {}, asked.policy(), member=name).migrations for name in member_names(said)}
    assert [each.when.value for each in ran.pop("worker")] == ["before", "after"]
    assert set(ran.values()) == {()}


def test_the_manifest_of_a_shop_is_right() -> None:
    """The example is one that a team would write."""
    assert manifest_findings(SHOP) == ()


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"services": {"web": {"cpu": "a lot"}}}, "services.web.cpu"),
        ({"services": {"web": {"cpuu": 1}}}, "services.web.cpuu"),
        ({"services": {"web": {"service": "dogs"}}}, "services.web.service"),
        ({"services": {"web": {"services": {"a": {}}}}}, "services.web.services"),
        ({"services": {"web": {"order": "together"}}}, "services.web.order"),
        ({"services": {"web": {"ports": [80, 80]}}}, "services.web.ports[1]"),
        ({"services": {"web": {}}, "order": ["web", "worker"]}, "order"),
        ({"services": {"web": {}, "worker": {}}, "order": ["web", "web"]}, "order"),
        ({"schedule": {"expression": "rate(1 day)"}, "services": {"web": {"kind": "service"}}}, "services.web.kind"),
        (
            {"environment": {"TOKEN": "x"}, "services": {"web": {"secrets": {"TOKEN": asked.SECRET}}}},
            "services.web.secrets.TOKEN",
        ),
    ],
)
def test_a_mistake_is_told_by_the_path_at_which_it_stands(wrong: dict[str, Any], path: str) -> None:
    """Whoever wrote `services.web.cpu` looks for it there, and reads it once."""
    assert [each.path.split(" ")[0] for each in manifest_findings(wrong)][:1] == [path]


def test_a_name_that_ecs_would_not_take_is_refused() -> None:
    """It becomes a part of the service's name."""
    (found,) = manifest_findings({"services": {"Web!": {}}})
    assert "Web!" in str(found)


def test_a_mistake_that_all_share_is_told_once() -> None:
    """Three services do not make three mistakes of one."""
    wrong = {"ports": [8080, 8080], "services": {"web": {}, "worker": {}}}
    assert [each.path for each in manifest_findings(wrong)] == ["ports[1]"]


def test_a_secret_in_a_member_is_not_shown() -> None:
    """The sentence goes into chat and record."""
    with pytest.raises(BadManifest) as caught:
        check_manifest({"services": {"web": {"environment": {"KEY": "AKIA" + "A" * 16}}}})
    assert "AKIA" not in str(caught.value)
    assert "services.web.environment.KEY" in str(caught.value)


def test_a_member_is_called_after_the_repository_and_itself() -> None:
    """Names come from the repository: a manifest cannot name the service of another team."""
    assert member_service("cats", "web") == "cats-web"
    with pytest.raises(BadManifest, match="shorter name"):
        member_service("c" * 40, "nightly-report")


def test_each_member_is_resolved_as_a_workload_of_its_own() -> None:
    """What stands under a member holds for it alone."""
    image, policy = asked.artifact(asked.config(SHOP)), asked.policy()
    members = members_of(image)
    assert members is not None
    found = {name: resolve(image, {}, policy, member=name) for name in members.names}
    assert {name: each.service for name, each in found.items()} == {
        "worker": "cats-worker",
        "web": "cats-web",
        "nightly": "cats-nightly",
    }
    assert found["nightly"].kind is Kind.SCHEDULE
    assert (found["web"].count, found["worker"].count) == (3, 1)
    assert found["web"].sources["count"] == "manifest"
    assert found["worker"].ports == ()


def test_a_member_that_the_image_does_not_have_is_refused_by_name() -> None:
    """A rollback to an image from before the member was born."""
    image = asked.artifact(asked.config({"services": {"web": {}}}))
    with pytest.raises(BadManifest, match="worker"):
        resolve(image, {}, asked.policy(), member="worker")
    assert members_of(asked.artifact()) is None


def test_several_services_cannot_be_taken_for_one() -> None:
    """Whoever asks for one has to say which."""
    image = asked.artifact(asked.config(SHOP))
    with pytest.raises(BadManifest, match="several services"):
        resolve(image, {}, asked.policy())
