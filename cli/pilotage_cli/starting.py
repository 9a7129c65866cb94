"""A first manifest: what a folder tells of its image, and the text that four answers come to."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dockerfile_parse import DockerfileParser

SCHEMA = "../pilotage/docs/schemas/manifest.json"  # where the project is checked out beside the team's own


class What(StrEnum):
    WEB = "web"
    WORKER = "worker"
    SCHEDULE = "schedule"
    TASK = "task"


class Size(StrEnum):
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


# Sizes that Fargate has (ECS Developer Guide, "Task CPU and memory").
_SIZES: Mapping[Size, tuple[str, str]] = {
    Size.SMALL: ("0.25 vCPU", "512 MB"),
    Size.MEDIUM: ("0.5 vCPU", "1 GB"),
    Size.LARGE: ("1 vCPU", "2 GB"),
}


@dataclass(frozen=True, slots=True)
class Folder:
    """What its Dockerfile says: ports that it exposes, and whether it has a check."""

    ports: tuple[str, ...] = ()
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Answers:
    what: What = What.WEB
    port: str | None = None
    queue: str | None = None
    schedule: str = "cron(0 6 * * ? *)"
    size: Size = Size.SMALL
    route: str | None = None
    environments: Sequence[str] = field(default_factory=tuple)


def look(dockerfile: str | None) -> Folder:
    """Only what the last stage says holds for the image. No Dockerfile says nothing."""
    if dockerfile is None:
        return Folder()
    ports: list[str] = []
    checked = False
    for entry in DockerfileParser(fileobj=io.BytesIO(dockerfile.encode()), env_replace=False).structure:
        instruction, value = entry["instruction"], entry["value"].strip()
        if instruction == "FROM":
            ports, checked = [], False
        elif instruction == "EXPOSE":
            ports += [word.removesuffix("/tcp") for word in value.lower().split() if word.partition("/")[0].isdecimal()]
        elif instruction == "HEALTHCHECK":
            checked = not value.upper().startswith("NONE")
    return Folder(tuple(dict.fromkeys(ports)), checked)


def usual(folder: Folder) -> Answers:
    """What is asked with: a web service when the image exposes a port."""
    if folder.ports:
        return Answers(What.WEB, folder.ports[0])
    return Answers(What.WORKER)


def manifest_text(answers: Answers, folder: Folder, schema: str = SCHEMA) -> str:
    """The whole file."""
    return "\n".join([*_head(schema), *_body(answers, folder), *_environments(answers)]) + "\n"


def _head(schema: str) -> Iterator[str]:
    yield f"# yaml-language-server: $schema={schema}"
    yield "# What Pilotage runs of this repository's image: docs/manifest.md has every field."
    yield "# See where it would run, and what AWS would be sent, before the first push:"
    yield "#   pilotage place --manifest pilotage.yaml"
    yield "#   pilotage render --manifest pilotage.yaml"
    yield "# The service is called like its repository in ECR."
    yield ""


def _body(answers: Answers, folder: Folder) -> Iterator[str]:
    cpu, memory = _SIZES[answers.size]
    yield f"cpu: {cpu}"
    yield f"memory: {memory}"
    yield from _OF_A_KIND[answers.what](answers, folder)
    yield ""
    yield "# Plain values only. A secret is named by its ARN, and the policy has to allow it:"
    yield '# secrets: {DB_PASSWORD: "arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME"}'
    yield "environment:"
    yield "  LOG_LEVEL: info"


def _web(answers: Answers, folder: Folder) -> Iterator[str]:
    yield "count: 2 # more than one, so that none is missed while one is exchanged"
    yield f"ports: [{answers.port or '8080'}]"
    if answers.route:
        yield f"routing: {answers.route} # a name in the policy's `routing`: its target group sends the requests"
    else:
        yield "# routing: web # a name in the policy's `routing`, once the operators have one for it"
    if not folder.checked:
        check = f"curl -f http://localhost:{(answers.port or '8080').partition('/')[0]}/ || exit 1"
        yield "# For what has no load balancer, and no HEALTHCHECK in its Dockerfile:"
        yield f'# health_check: {{command: [CMD-SHELL, "{check}"]}}'
    yield "# scaling: {min: 2, max: 10, cpu: 60} # instead of count"


def _worker(answers: Answers, _folder: Folder) -> Iterator[str]:
    yield "kind: worker"
    if answers.queue:
        yield "scaling: # as many tasks as the messages that wait need, and none while none waits"
        yield "  min: 0"
        yield "  max: 5"
        yield f"  queue: {{name: {answers.queue}, per_task: 100}}"
    else:
        yield "count: 1"
        yield "# scaling: {min: 0, max: 5, queue: {name: NAME, per_task: 100}} # instead of count"


def _schedule(answers: Answers, _folder: Folder) -> Iterator[str]:
    yield "schedule:"
    yield f"  expression: {answers.schedule} # or rate(1 hour); cron has minutes, hours, day, month, weekday and year"
    yield "  timezone: UTC"
    yield "  overlap: skip # a run that is still going is not joined by another; `allow` lets it"


def _task(_answers: Answers, _folder: Folder) -> Iterator[str]:
    yield "kind: task # started once with each release"


_OF_A_KIND = {What.WEB: _web, What.WORKER: _worker, What.SCHEDULE: _schedule, What.TASK: _task}


def _environments(answers: Answers) -> Iterator[str]:
    if not answers.environments:
        return
    yield ""
    yield "# What is different there goes over the rest."
    yield "environments:"
    for name in answers.environments:
        yield f"  {name}:"
        yield "    environment:"
        yield f"      LOG_LEVEL: {'warning' if name.startswith('prod') else 'info'}"
