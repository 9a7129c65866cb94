"""What is imported, in ECS's words: which container runs the artifact, what the service is called, where it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pilotage.credentials import looks_like_a_credential
from pilotage.errors import BadRequest
from pilotage.manifest.words import Launch
from pilotage.names import SERVICE_RULE, choices, is_service_name
from pilotage.schema import Hidden

from pilotage_cli.importing import Left
from pilotage_cli.importing.launching import launch_of
from pilotage_cli.importing.reading.templates import open_in
from pilotage_cli.importing.references import renamed

EXAMPLE_ACCOUNT, EXAMPLE_REGION = "123456789012", "us-east-1"
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:([a-z0-9-]*):(\d{12}):")
_ECR = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com")
_LONGEST = 48


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line says. None: it is found out."""

    service: str | None = None
    container: str | None = None
    environment: str = "dev"
    account: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Original:
    """`task`: RegisterTaskDefinition's body; `body`: CreateService's. Container `service` runs the artifact."""

    service: str
    task: Mapping[str, Any]
    body: Mapping[str, Any] | None
    launch: Launch
    environment: str
    account: str
    region: str
    notes: tuple[str, ...] = ()
    left: tuple[Left, ...] = ()
    scaling: Mapping[str, Any] | None = None  # as the manifest says it

    @property
    def containers(self) -> list[dict[str, Any]]:
        return [dict(each) for each in self.task["containerDefinitions"]]

    @property
    def main(self) -> dict[str, Any]:
        return next(each for each in self.containers if each["name"] == self.service)

    @property
    def sidecars(self) -> list[dict[str, Any]]:
        return [each for each in self.containers if each["name"] != self.service]

    @property
    def windows(self) -> bool:
        return str(self.task.get("runtimePlatform", {}).get("operatingSystemFamily", "LINUX")).startswith("WINDOWS")

    @property
    def network_mode(self) -> str:
        """Fargate has no other than awsvpc, and says so when a task definition says nothing."""
        if self.launch in (Launch.FARGATE, Launch.FARGATE_SPOT, Launch.MANAGED_INSTANCES):
            return str(self.task.get("networkMode", "awsvpc"))
        return str(self.task.get("networkMode", "bridge"))


def original_of(
    task: Mapping[str, Any], body: Mapping[str, Any] | None, left: tuple[Left, ...], wanted: Wanted
) -> Original:
    """Raises BadRequest for what ECS would not take either, and for what runs nowhere that Pilotage places tasks."""
    notes: list[str] = []
    named, hidden = _without_credentials(_with_names(task))
    launch = launch_of(task, body, notes)
    main = _main(named, body, wanted, notes)
    _check_images(named, main)
    service = _service_name(named, body, wanted.service, main, notes)
    account, region = _where(named, body, wanted, notes)
    return Original(
        service=service,
        task=without_foreign_tags(renamed(named, main, service)),
        body=None if body is None else without_foreign_tags(renamed(body, main, service)),
        launch=launch,
        environment=wanted.environment,
        account=account,
        region=region,
        notes=tuple(notes),
        left=(*left, *hidden),
    )


def placed_by(arn: str, wanted: Wanted) -> Wanted:
    """With the account and the region of that ARN, where nobody said others."""
    found = _ARN.match(arn)
    if found is None:
        return wanted
    return replace(wanted, account=wanted.account or found[2], region=wanted.region or found[1] or None)


def without_foreign_tags(body: dict[str, Any]) -> dict[str, Any]:
    """Without the tags of Pilotage and of AWS, which nobody else may set."""
    kept = [each for each in body.get("tags", ()) if each.get("key") and not is_foreign(str(each["key"]))]
    return {**{key: value for key, value in body.items() if key != "tags"}, **({"tags": kept} if kept else {})}


def is_foreign(tag: str) -> bool:
    return tag.lower().startswith(("pilotage:", "aws:"))


def _with_names(task: Mapping[str, Any]) -> dict[str, Any]:
    containers = [dict(each) for each in task.get("containerDefinitions", ())]
    if not containers:
        raise BadRequest("containerDefinitions", [], "A task definition has one container at the least.")
    if len(containers) == 1 and not containers[0].get("name"):
        containers[0]["name"] = str(task.get("family") or "app")
    names = [each.get("name") for each in containers]
    for index, name in enumerate(names):
        if not name:
            raise BadRequest(f"containerDefinitions[{index}].name", "", "Each of several containers has a name.")
        if names.count(name) > 1:
            raise BadRequest(f"containerDefinitions[{index}].name", name, "Another container has it, too.")
    return {**task, "containerDefinitions": containers}


def _without_credentials(task: dict[str, Any]) -> tuple[dict[str, Any], list[Left]]:
    """No policy lets them through in the open, so that they are taken out before anything is made of the rest."""
    left: list[Left] = []
    containers = []
    for container in task["containerDefinitions"]:
        kept = []
        for each in container.get("environment", ()):
            if looks_like_a_credential(str(each.get("value", ""))):
                path = f"containerDefinitions.{container['name']}.environment.{each.get('name')}"
                left.append(
                    Left(
                        path,
                        Hidden(),
                        "It looks like a credential: store it as a secret, and name its ARN under secrets.",
                    )
                )
            else:
                kept.append(each)
        containers.append({**container, **({"environment": kept} if kept else {})})
        if not kept:
            containers[-1].pop("environment", None)
    return {**task, "containerDefinitions": containers}, left


def _main(task: Mapping[str, Any], body: Mapping[str, Any] | None, wanted: Wanted, notes: list[str]) -> str:
    """The container that runs the artifact."""
    containers = task["containerDefinitions"]
    names = [str(each["name"]) for each in containers]
    asked, called = wanted.container, (wanted.service, (body or {}).get("serviceName"))
    if asked is not None:
        if asked not in names:
            raise BadRequest("--container", asked, f"The containers are {choices(names, 'and')}.")
        return asked
    balanced = [str(each.get("containerName")) for each in (body or {}).get("loadBalancers", ())]
    essential = [each for each in containers if each.get("essential", True) and not each.get("firelensConfiguration")]
    listening = [each for each in essential if each.get("portMappings")]
    proxy = (task.get("proxyConfiguration") or {}).get("containerName")
    ways = (
        ("the load balancer sends its requests there", [name for name in balanced if name in names]),
        ("it is called as the service is", [name for name in names if name in called]),
        ("it is the essential one with ports", [str(each["name"]) for each in listening if each["name"] != proxy]),
        ("it is the first essential one", [str(each["name"]) for each in essential]),
        ("it is the first", names),
    )
    why, found = next((why, found) for why, found in ways if found)
    if len(names) > 1:
        notes.append(f"container {found[0]} runs the pushed image: {why} (another: --container NAME)")
    return found[0]


def _check_images(task: Mapping[str, Any], main: str) -> None:
    """That of the main container is the pushed one; every other has to be known."""
    for index, each in enumerate(task["containerDefinitions"]):
        image = str(each.get("image", ""))
        missing = open_in(image)
        if each["name"] != main and (missing or not image):
            remedy = (
                f"Nobody has filled it in: add --set {missing[0]}=VALUE." if missing else "Every container has one."
            )
            raise BadRequest(f"containerDefinitions[{index}].image of {each['name']}", image, remedy)


def _service_name(
    task: Mapping[str, Any], body: Mapping[str, Any] | None, asked: str | None, main: str, notes: list[str]
) -> str:
    others = {str(each["name"]) for each in task["containerDefinitions"]} - {main}
    if asked is not None:
        if not is_service_name(asked) or asked in others:
            raise BadRequest("--name", asked, f"A service has {SERVICE_RULE}, and no other container is called so.")
        return asked
    for candidate in ((body or {}).get("serviceName"), task.get("family"), main, f"{main}-service"):
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", str(candidate or "")).strip("-_")[:_LONGEST].rstrip("-_")
        if is_service_name(name) and name not in others:
            if name != candidate:
                notes.append(f"the service is called {name}: {SERVICE_RULE}")
            return name
    raise BadRequest("the name of the service", main, f"It has {SERVICE_RULE}: say one with --name.")


def _where(
    task: Mapping[str, Any], body: Mapping[str, Any] | None, wanted: Wanted, notes: list[str]
) -> tuple[str, str]:
    """Account and region: as asked, else as the first ARN that has both, else those of an image in ECR, else as AWS's
    documentation has examples.
    """
    found = [match.groups() for text in _texts([task, body]) if (match := _ARN.search(text))]
    images = [match.groups() for each in task["containerDefinitions"] if (match := _ECR.match(str(each.get("image"))))]
    regions = [region for region, _ in found if region] + list(_log_regions(task)) + [region for _, region in images]
    accounts = [account for _, account in found] + [account for account, _ in images]
    account = wanted.account or next(iter(accounts), None)
    if account is None:
        notes.append(f"account {EXAMPLE_ACCOUNT} is an example: say yours with --account")
    return account or EXAMPLE_ACCOUNT, wanted.region or next(iter(regions), EXAMPLE_REGION)


def _log_regions(task: Mapping[str, Any]) -> Iterator[str]:
    for each in task["containerDefinitions"]:
        region = each.get("logConfiguration", {}).get("options", {}).get("awslogs-region", "")
        if re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", region):
            yield region


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
