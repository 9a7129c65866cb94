"""What a team may write, and what it is told when it writes something else."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pilotage.errors import BadManifest
from pilotage.manifest import MAX_BYTES, check_manifest, manifest_findings, read_manifest
from pilotage.manifest.units import cpu_units, mebibytes
from pilotage.schema import schema
from pilotage.strict_json import MAX_DEPTH

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
FIELDS = st.sampled_from(sorted(schema("manifest")["properties"]))
INNER = st.sampled_from(["command", "interval", "size", "launch", "expression", "container_port", "a.b", "x[0]", ""])


@pytest.mark.parametrize("example", schema("manifest")["examples"])
def test_published_examples_are_manifests(example: dict[str, Any]) -> None:
    """Whoever copies the example from the documentation must not meet an error."""
    assert check_manifest(example) == example


@pytest.mark.parametrize("field", sorted(schema("manifest")["properties"]))
def test_every_example_of_every_field_is_accepted(field: str) -> None:
    """An editor offers them, so they have to work."""
    for example in schema("manifest")["properties"][field].get("examples", []):
        assert manifest_findings({field: example}) == ()


@pytest.mark.parametrize(
    ("manifest", "path", "told"),
    [
        ({"placement": {"prioritty": "cost"}}, "placement.prioritty: 'cost'", "did you mean `priority`?"),
        ({"health-check": {"interval": 10}}, "'health-check'", "did you mean `health_check`?"),
        (
            {"placement": {"size": "Large"}},
            "placement.size: 'Large'",
            "Did you mean `large`? It can be small or large.",
        ),
        ({"placement": {"launch": "fargate_spot"}}, "placement.launch", "Did you mean `fargate-spot`?"),
        ({"cpu": "lots"}, "cpu: 'lots'", 'For example: 512 or "0.5 vCPU"'),
        ({"cpu": 0.5}, "cpu: 0.5", 'a whole number or a text. For example: 512 or "0.5 vCPU"'),
        ({"cpu": "0.01 vCPU"}, "cpu: '0.01 vCPU'", "a whole number of CPU units from 128"),
        ({"memory": "1 TB"}, "memory: '1 TB'", '"1 GB"'),
        ({"count": -1}, "count: -1", "at least 0"),
        ({"count": True}, "count: True", "a whole number"),
        ({"ports": [0]}, "ports[0]: 0", "at least 1"),
        ({"ports": ["99999"]}, "ports[0]: '99999'", "1 to 65535"),
        ({"ports": [80, "80/tcp"]}, "ports[1]: '80/tcp'", "twice"),
        ({"ports": [{"protocol": "tcp"}]}, "ports[0].container_port", "missing"),
        ({"health_check": {"command": ["curl", "localhost"]}}, "health_check.command", "CMD-SHELL"),
        ({"health_check": {"interval": 1}}, "health_check.interval: 1", "at least 5"),
        ({"secrets": {"TOKEN": "hunter2"}}, "secrets.TOKEN: (not shown)", "ARN"),
        ({"environment": {"A B": "x"}}, "a name in environment: 'A B'", "letters, digits"),
        (
            {"environment": {"A": "1"}, "secrets": {"A": "arn:aws:ssm:eu-west-1:123456789012:parameter/a"}},
            "secrets.A",
            "keep one",
        ),
        ({"schedule": {"expression": "rate(5 hour)"}}, "schedule.expression", "rate(value unit)"),
        ({"schedule": {"expression": "cron(0 6 * * *)"}}, "schedule.expression", "cron(minutes hours"),
        ({"schedule": {"expression": "at(2026-02-30T10:00:00)"}}, "schedule.expression", "no such moment"),
        ({"schedule": {"expression": "rate(1 hour)"}, "kind": "service"}, "kind: 'service'", "kind: schedule"),
        ({"task_role": "admin"}, "task_role: 'admin'", "arn:aws:iam::"),
        ({"host_paths": ["/var/../etc"]}, "host_paths[0]: '/var/../etc'", "without `.` and `..`"),
        ({"user": "root\n"}, r"user: 'root\n'", '"1000:1000"'),
        ({"service": "../payments"}, "service: '../payments'", '"cats"'),
        ({"ports": 8080}, "ports: 8080", "It has to be a list"),
        ([], "the document: []", "It has to be a mapping"),
    ],
)
def test_a_mistake_is_told_with_path_value_and_remedy(manifest: Any, path: str, told: str) -> None:
    """People mend a manifest by its error message alone."""
    with pytest.raises(BadManifest) as caught:
        read_manifest(json.dumps(manifest))
    assert path in str(caught.value)
    assert told in str(caught.value)


def test_fields_are_listed_to_whoever_needs_the_list() -> None:
    """A sentence in a chat is no place for fifty names when the right one is known."""
    (near,), (far,) = manifest_findings({"cpuu": 1}), manifest_findings({"zzz": 1})
    assert near.remedy == "There is no such field; did you mean `cpu`?"
    assert "The fields are architecture, autoscaled" in far.remedy


def test_all_mistakes_are_told_at_once() -> None:
    """One push per mistake would cost a team an afternoon."""
    with pytest.raises(BadManifest) as caught:
        read_manifest(json.dumps({"cpu": "lots", "memry": 5, "placement": {"size": "huge"}, "ports": [80, 80]}))
    for path in ("cpu", "memry", "placement.size"):
        assert path in str(caught.value)
    assert len(manifest_findings({"cpu": "lots", "count": -1, "gpu": "x"})) == 3


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ('{"cpu": NaN}', "JSON knows no such number"),
        ('{"cpu": Infinity}', "JSON knows no such number"),
        ('{"cpu": 1e999}', "too large"),
        (f'{{"cpu": 1{"0" * 400}}}', "too large"),
        ('{"cpu": ' + "9" * 5000 + "}", "shorter"),
        ('{"cpu": 256, "cpu": 512}', "twice"),
        ('{"command": ["\\ud800"]}', "surrogate"),
        ('{"command": ["\\u0000"]}', "NUL"),
        ("[" * 60_000, "Nest it less"),
        ("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2), "Nest it less"),
        ('{"environment": {"A": "' + "x" * MAX_BYTES + '"}}', f"At most {MAX_BYTES} bytes"),
        ("[" + ",".join(["0"] * 20_000) + "]", "more than 10000 values"),
    ],
)
def test_hostile_json_is_one_clear_error(label: str, told: str) -> None:
    """A label is written by whoever can push: it must not cost memory, time or a traceback."""
    with pytest.raises(BadManifest, match=told):
        read_manifest(label)


def test_aliases_that_unfold_into_billions_are_stopped() -> None:
    """A YAML bomb is small in memory and endless to walk: only a walk that counts ends."""
    bomb: Any = "lol"
    for _ in range(15):
        bomb = [bomb] * 10
    with pytest.raises(BadManifest, match="more than 10000 values"):
        check_manifest({"command": bomb})


@pytest.mark.parametrize(
    "value",
    ["AKIAABCDEFGHIJKLMNOP", "ghp_" + "a" * 36, "xoxb-1234567890-abc", "-----BEGIN RSA PRIVATE KEY-----\nMIIE"],
)
def test_credentials_in_environment_are_refused_and_never_shown(value: str) -> None:
    """Everyone who may describe a task definition reads its environment."""
    with pytest.raises(BadManifest) as caught:
        read_manifest(json.dumps({"environment": {"TOKEN": value}}))
    assert "environment.TOKEN: (not shown)" in str(caught.value)
    assert value not in str(caught.value)


@pytest.mark.parametrize(
    "manifest",
    [
        {"enviroment": {"PASSWORD": "canary-7f3a"}},
        {"DB_PASSWORD": "canary-7f3a"},
        {"environment": "canary-7f3a"},
        {"environment": {"PASSWORD": ["canary-7f3a"]}},
        {"secrets": {"PASSWORD": "canary-7f3a"}},
        {"secrets": ["canary-7f3a"]},
    ],
)
def test_values_in_the_wrong_place_are_not_repeated(manifest: Any) -> None:
    """The message goes to chat and logs; what slipped out of `secrets` must not."""
    with pytest.raises(BadManifest) as caught:
        read_manifest(json.dumps(manifest))
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("hostile", ["<!channel>", "\x1b[31mred", "a\nb", "\u202egnp.exe", "`code`", "&amp;"])
def test_hostile_text_is_shown_escaped(hostile: str) -> None:
    """Chat markup, terminal escapes and text direction in a value must not act on whoever reads the error."""
    with pytest.raises(BadManifest) as caught:
        read_manifest(json.dumps({"service": hostile, hostile: 1}))
    assert hostile not in str(caught.value)
    assert str(caught.value).isprintable()


@given(document=JSON)
def test_any_json_whatever_is_a_manifest_or_a_bad_manifest(document: Any) -> None:
    """No document may end in anything but the one error that people are told."""
    _reads_or_refuses(json.dumps(document))


@given(document=st.dictionaries(FIELDS, JSON | st.dictionaries(INNER, JSON, max_size=3), max_size=5))
def test_any_values_under_right_names_are_a_manifest_or_a_bad_manifest(document: Any) -> None:
    """The same one level deeper, where the checks beyond the schema look."""
    _reads_or_refuses(json.dumps(document))


@given(label=st.text())
def test_any_text_whatever_is_a_manifest_or_a_bad_manifest(label: str) -> None:
    """A label need not even be JSON."""
    _reads_or_refuses(label)


@given(document=st.dictionaries(FIELDS, JSON, max_size=4))
def test_the_schema_means_the_same_to_every_validator(document: Any) -> None:
    """Editors judge with other validators than Pilotage: what one calls right, the other must not call wrong."""
    plain = json.loads(json.dumps(document, allow_nan=True).replace("NaN", "0").replace("Infinity", "0"))
    reference = jsonschema.Draft7Validator(schema("manifest"))
    schema_only = {each.path for each in manifest_findings(plain)}
    if not schema_only:
        assert reference.is_valid(plain)
    if not reference.is_valid(plain):
        assert schema_only


def _reads_or_refuses(label: str) -> None:
    try:
        manifest = read_manifest(label)
    except BadManifest as error:
        assert str(error).isprintable()  # noqa: PT017 - either way out is right, but this one has a promise
    else:
        assert set(manifest) <= set(schema("manifest")["properties"])


@pytest.mark.parametrize(
    ("value", "units"),
    [
        (512, 512),
        ("512", 512),
        ("0.5 vCPU", 512),
        (".5 vCPU", 512),
        ("2vcpu", 2048),
        ("0.3 vCPU", None),
        ("1 GB", None),
        ("-1", None),
    ],
)
def test_cpu_is_read_in_units_or_vcpu(value: int | str, units: int | None) -> None:
    """1024 units are a vCPU, and nothing is rounded behind anybody's back."""
    assert cpu_units(value) == units


@pytest.mark.parametrize(
    ("value", "size"), [(1024, 1024), ("1 GB", 1024), ("0.5GiB", 512), ("512 MB", 512), ("1.5 MB", None), ("x", None)]
)
def test_memory_is_read_in_mib_or_gb(value: int | str, size: int | None) -> None:
    """ECS calls 1024 MiB a GB."""
    assert mebibytes(value) == size
