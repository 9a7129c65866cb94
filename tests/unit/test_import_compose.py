"""Compose files: which services ship from the image, what each field becomes, and what is listed."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pilotage.aws.models import BotocoreModels
from pilotage.document import canonical
from pilotage.errors import BadRequest
from pilotage.manifest import check_manifest
from pilotage.policy import read_policy
from pilotage_cli.importing import Imported
from pilotage_cli.importing.compose import read_compose
from pilotage_cli.importing.surroundings import Surroundings
from pilotage_cli.importing.variants import tried
from pilotage_cli.importing.yaml_text import load_yaml

MODELS = BotocoreModels()


def read(text: str, around: Surroundings | None = None, **options: Any) -> Imported:
    found = read_compose(load_yaml(text, "compose.yaml"), "compose.yaml", around or Surroundings(), **options)
    check_manifest(copy.deepcopy(found.manifest))
    read_policy(canonical(found.policy), "imported")
    done = tried(found, MODELS)
    assert not [each for each in done.left if "would be refused" in each.why]
    return done


def of_fields(fields: dict[str, Any]) -> Imported:
    return read(canonical({"services": {"web": {"build": ".", **fields}}}))


SHOP = """
x-app: &app
  build: {context: ./, args: {RUBY: "3.4"}}
  environment: &variables {RAILS_ENV: production, REDIS: redis://redis:6379/1}
  depends_on: [redis]
services:
  worker:
    <<: *app
    command: ["bundle", "exec", "sidekiq"]
    depends_on: {web: {condition: service_started}, redis: {condition: service_healthy}}
  web:
    <<: *app
    command: bundle exec puma -C 'config/puma.rb'
    ports: ["3000:3000"]
    environment: {<<: *variables, WORKERS: "${WORKERS:-2}"}
  redis: {image: "redis:7", volumes: ["redis:/data"]}
volumes: {redis: {}}
"""


def test_services_of_one_build_become_members_in_the_order_of_their_needs() -> None:
    """Anchors and merge keys are everyday things in Compose files; a worker goes after what it waits for."""
    found = read(SHOP, project="shop")
    assert found.service == "shop"
    assert list(found.manifest["services"]) == ["web", "worker"]
    web = found.manifest["services"]["web"]
    assert web["command"] == ["bundle", "exec", "puma", "-C", "config/puma.rb"]
    assert web["environment"] == {"RAILS_ENV": "production", "REDIS": "redis://redis:6379/1", "WORKERS": "2"}
    assert found.manifest["services"]["worker"]["kind"] == "worker"
    assert {each.path for each in found.left} >= {"services.redis", "services.worker.depends_on.redis"}


def test_with_sidecars_what_a_service_needs_is_in_its_task() -> None:
    found = read(SHOP, service="worker", sidecars=True)
    assert found.manifest["sidecars"]["redis"]["image"] == "redis:7"
    assert found.manifest["depends_on"] == {"redis": "start"}
    assert any("no check of it" in each.why for each in found.left)
    assert "docker.io" in found.policy["registries"]
    assert any("reached at localhost" in each for each in found.notes)


def test_what_has_to_end_first_does_not_end_the_task() -> None:
    """A migration that others wait for is over when they begin; as an essential container it would stop them."""
    text = """services: {web: {build: ., depends_on: {setup: {condition: service_completed_successfully}}},
              setup: {image: 'alpine:3', command: [setup]}}"""
    found = read(text, sidecars=True).manifest
    assert (found["depends_on"], found["sidecars"]["setup"]["essential"]) == ({"setup": "success"}, False)


TWO = "services: {api: {build: ./api}, page: {build: ./page}, db: {image: 'postgres:16', environment: {P: miau}}}"


def test_different_images_are_a_choice_that_is_asked_for() -> None:
    """A guess would release the wrong image: the sentence names the services and the option."""
    with pytest.raises(BadRequest) as error:
        read(TWO)
    assert "services: 'api and page'. They are different images" in str(error.value)
    assert "--service" in str(error.value)
    assert read(TWO, service="api").service == "api"


def test_what_stays_behind_is_named_without_its_variables() -> None:
    """A Compose file has the database's password in it."""
    assert "miau" not in repr(read(TWO, service="api").left)


FIELDS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"ports": [8080, "80:8081", "127.0.0.1:53:5353/udp", {"target": 9000}]},
     {"ports": [8080, 8081, "5353/udp", 9000], "kind": "service"}),
    ({"ports": ["3000-3002"], "expose": [3000, "4000"]}, {"ports": [3000, 3001, 3002, 4000]}),
    ({}, {"kind": "worker", "count": 1}),
    ({"environment": ["A=1", "B=x=y"]}, {"environment": {"A": "1", "B": "x=y"}}),
    ({"environment": {"A": 1, "B": False}}, {"environment": {"A": "1", "B": "false"}}),
    ({"entrypoint": "sh -c", "command": ["echo", "$$HOME"]},
     {"entrypoint": ["sh", "-c"], "command": ["echo", "$HOME"]}),
    ({"healthcheck": {"test": "curl localhost", "interval": "1m30s"}},
     {"health_check": {"command": ["CMD-SHELL", "curl localhost"], "interval": 90, "timeout": 30, "start_period": 0,
                       "retries": 3}}),
    ({"healthcheck": {"test": ["CMD", "true"], "timeout": "5s", "retries": 5, "start_period": "1m"}},
     {"health_check": {"command": ["CMD", "true"], "interval": 30, "timeout": 5, "start_period": 60, "retries": 5}}),
    ({"healthcheck": {"disable": True}}, {"health_check": "none"}),
    ({"healthcheck": {"test": ["NONE"]}}, {"health_check": "none"}),
    ({"deploy": {"replicas": 3, "resources": {"limits": {"cpus": "0.50", "memory": "512M"}}}},
     {"count": 3, "cpu": 512, "memory": 512}),
    ({"cpus": 0.75, "mem_limit": "1gb", "scale": 2}, {"cpu": 768, "memory": 1024, "count": 2}),
    ({"mem_limit": 134217729}, {"memory": 129}),
    ({"deploy": {"resources": {"limits": {"cpus": "0", "memory": "0"}}}}, {"cpu": None, "memory": None}),
    ({"user": 1000, "working_dir": "/srv", "read_only": True}, {"user": "1000", "working_directory": "/srv",
                                                               "read_only": True}),
    ({"init": True, "cap_drop": ["NET_RAW"]}, {"linux": {"init": True, "drop": ["NET_RAW"]}}),
    ({"ulimits": {"nofile": {"soft": 1, "hard": 2}, "nproc": 9}}, {"ulimits": {"nofile": {"soft": 1, "hard": 2},
                                                                              "nproc": 9}}),
    ({"stop_grace_period": "1m"}, {"stop_timeout": 60}),
    ({"labels": ["a=b", "c"]}, {"labels": {"a": "b", "c": ""}}),
    ({"volumes": ["cache:/cache:ro", "/tmp/x"]},
     {"volumes": {"cache": {"path": "/cache", "read_only": True}, "tmp-x": {"path": "/tmp/x"}}}),
    ({"platform": "linux/arm64"}, {"architecture": "ARM64"}),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "wanted"), FIELDS, ids=lambda each: canonical(each)[:40])
def test_a_field_of_compose_in_pilotages_words(fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Each row is a sentence of the Compose specification, with Docker's defaults written out, and it renders."""
    found = of_fields(fields)
    assert {key: found.manifest.get(key) for key in wanted} == wanted


LEFT = [
    ({"volumes": ["./src:/app"]}, "services.web.volumes[0]", "COPY it into the image"),
    ({"volumes": ["data:/data"]}, "services.web.volumes[0]", "name a file system under `volumes.data.efs`"),
    ({"ports": ["8080:80"]}, "services.web.ports[0]", "The container's port 80 is carried"),
    ({"networks": ["a"]}, "services.web.networks", "The policy's `network`"),
    ({"secrets": ["a"]}, "services.web.secrets", "Secrets Manager"),
    ({"healthcheck": {"test": "true", "interval": "2s"}}, "services.web.healthcheck.interval", "from 5 to 300"),
    ({"restart": "on-failure:3"}, "services.web.restart", "kind: task"),
    ({"logging": {"driver": "json-file"}}, "services.web.logging", "CloudWatch Logs"),
    ({"environment": {"TOKEN": "${TOKEN}"}}, "services.web.environment.TOKEN", "Nobody said what TOKEN is"),
    ({"environment": ["A=1", "TOKEN=${TOKEN}"]}, "services.web.environment[1]", "Nobody said what TOKEN is"),
    ({"environment": {"FROM_SHELL": None}}, "services.web.environment.FROM_SHELL", "It comes from the shell"),
    ({"command": ["a", "${B}"]}, "services.web.command", "the rest would be another command"),
    ({"profiles": ["debug"]}, "services.web.profiles", "without being asked for"),
    ({"future": 1}, "services.web.future", "Pilotage has no field for it"),
]


@pytest.mark.parametrize(("fields", "path", "why"), LEFT, ids=lambda each: str(each)[:30])
def test_what_belongs_to_one_machine_is_listed_with_what_to_do(fields: dict[str, Any], path: str, why: str) -> None:
    (found,) = [each for each in of_fields(fields).left if each.path == path]
    assert why in found.why


INTERPOLATED = [
    ("${A}", "1"), ("$A-x", "1-x"), ("${B:-2}", "2"), ("${EMPTY:-3}", "3"), ("${EMPTY-3}", ""), ("$$A", "$A"),
    ("${A:+set}", "set"), ("${B+set}", ""), ("${B:-${A}}", "1"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), INTERPOLATED)
def test_variables_are_filled_in_as_compose_does(text: str, wanted: str) -> None:
    """From `.env` beside the file, and from --set, which is stronger."""
    files = {".env": "A=0\nEMPTY=\n"}
    around = Surroundings(variables={"A": "1"}, read=files.get)
    document = canonical({"services": {"web": {"build": ".", "environment": {"V": text}}}})
    assert read(document, around).manifest["environment"] == {"V": wanted}


def test_a_service_begins_with_what_it_extends_also_from_another_file() -> None:
    files = {"base.yml": "services: {app: {build: ., environment: [A=1, B=1], ports: ['80'], command: [old]}}"}
    text = """services: {web: {extends: {file: base.yml, service: app}, environment: {B: 2}, ports: ['81'],
              command: [new]}}"""
    found = read(text, Surroundings(read=files.get)).manifest
    assert (found["environment"], found["ports"], found["command"]) == ({"A": "1", "B": "2"}, [80, 81], ["new"])


def test_the_variables_of_env_files_come_along_without_quotation_marks() -> None:
    files = {"a.env": "A='one'\nB=two # words\nAPI_TOKEN=miau\n"}
    found = read("services: {web: {build: ., env_file: [a.env, b.env]}}", Surroundings(read=files.get))
    assert found.manifest["environment"] == {"A": "one", "B": "two"}
    assert "miau" not in repr(found)
    assert [each.value for each in found.left if each.path == "services.web.env_file[1]"] == ["b.env"]


WRONG = [
    ("version: '3'", "A Compose file is a map with `services`; one of the first version has none: put them below it."),
    ("services: {web: 3}", "compose.yaml, services.web: 3. It has to be a map."),
    ("services: {a: {image: x}, b: {image: y}}", "They are different images"),
    ("services: {web: {build: ., ports: ['http']}}", "services.web.ports[0]: 'http'. A port is like 8080"),
    ("services: {web: {build: ., mem_limit: lots}}", "services.web.mem_limit: 'lots'. A size is like 512m or 2gb."),
    ("services: {web: {build: ., extends: web}}", "services.web.extends: 'web'. It extends itself."),
    ("services: {web: {build: ., extends: base}}", "services.web.extends: 'base'. There is no such service."),
    ("services: {web: {build: ., depends_on: {db: {condition: soon}}}}", "A condition is service_started"),
    ("services: {web: {build: ., healthcheck: {test: a, interval: soon}}}", "healthcheck.interval: 'soon'. A duration"),
    ("services: {web: [", "compose.yaml, line 1"),
]


@pytest.mark.parametrize(("text", "sentence"), WRONG)
def test_what_is_wrong_is_said_with_its_path(text: str, sentence: str) -> None:
    with pytest.raises(BadRequest) as error:
        read(text)
    assert sentence in str(error.value)


def test_aliases_that_multiply_are_refused() -> None:
    """A kilobyte of YAML must not become a gigabyte of memory."""
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(BadRequest, match="write fewer aliases"):
        load_yaml("\n".join(lines), "bomb.yaml")


SERVICE = st.fixed_dictionaries(
    {"build": st.just({"context": ".", "target": "t"})},
    optional={
        "ports": st.just(["8080:80", {"target": 81, "published": "82", "mode": "host"}]),
        "environment": st.just({"A": "a"}), "command": st.just(["a", "b"]), "entrypoint": st.just("sh -c"),
        "healthcheck": st.just({"test": ["CMD", "true"], "interval": "30s", "start_interval": "5s"}),
        "deploy": st.just({"replicas": 2, "mode": "replicated", "update_config": {"parallelism": 2},
                           "resources": {"limits": {"cpus": 0.5, "memory": "256m"},
                                         "reservations": {"memory": "64m"}}}),
        "volumes": st.just(["data:/data", "./src:/app", {"type": "volume", "source": "v", "target": "/v"}]),
        "networks": st.just({"n": {"aliases": ["x"]}}), "secrets": st.just(["s"]), "hostname": st.just("h"),
        "extra_hosts": st.just(["a:1.2.3.4"]), "logging": st.just({"driver": "local"}), "user": st.just("u"),
        "ulimits": st.just({"nofile": 1024}), "tmpfs": st.just("/run:size=64m"), "future": st.just({"k": ["v"]}),
        "labels": st.just({"l": "m"}), "stop_signal": st.just("SIGINT"), "shm_size": st.just("1g"),
    },
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [each for key, below in value.items() for each in places(below, (*path, key))]
    if isinstance(value, list):
        return [each for index, below in enumerate(value) for each in places(below, (*path, index))]
    return [path]


def told(document: dict[str, Any]) -> str:
    found = read_compose(document, "c", Surroundings())
    return repr((found.manifest, found.left, found.notes))


@settings(max_examples=60)
@given(SERVICE)
def test_nothing_is_dropped_in_silence(service: dict[str, Any]) -> None:
    """Whatever value of a service is changed, the manifest, what is left or the notes change with it."""
    base = told({"services": {"web": service}})
    for path in places(service):
        other = copy.deepcopy(service)
        place = other
        for step in path[:-1]:
            place = place[step]
        value = place[path[-1]]
        place[path[-1]] = value * 2 if isinstance(value, (int, float)) else _another(str(value))
        try:
            assert told({"services": {"web": other}}) != base, path
        except BadRequest:
            continue  # read, too: the other value is refused


def _another(text: str) -> str:
    if text[:1].isdigit() and text[-1:] in "smg":
        return f"1{text}"
    return {"volume": "bind", "replicated": "global", "8080:80": "8080:8080"}.get(text, f"{text}x")
