"""The table of prices: read, reckoned with, renewed from what AWS's price list answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber
from fakes import price_list as answers
from pilotage.aws.price_list import PriceList
from pilotage.errors import AccessDenied, BadRequest
from pilotage.prices.monthly import dollars, fargate_hour, kept_running, once, scheduled
from pilotage.prices.price_list import INSTANCE_FILTERS, only, renewed
from pilotage.prices.runs import runs_a_month
from pilotage.prices.table import (
    WINDOWS,
    Hardware,
    Rates,
    Region,
    Table,
    read_table,
    shipped,
    shipped_file,
    write_table,
)
from pilotage_cli.main import app
from typer.testing import CliRunner

TODAY = datetime.now(UTC).date().isoformat()
OLD = Table(
    "2025-01-01",
    "USD",
    "a page",
    {"fargate_spot": 0.3, "managed_instances": 0.12, "managed_instances_g": 0.078},
    {"us-east-1": Region({"X86_64": Rates(0.04, 0.004)}, 0.0001, {"m7g.large": 0.0816, "g6.xlarge": 0.8})},
    {"m7g.large": Hardware(2, 8192, "ARM64", 0, 3), "g6.xlarge": Hardware(4, 16384, "X86_64", 1, 4)},
)


def test_the_shipped_table_is_whole() -> None:
    """An estimate without a date or with a type that nobody knows is worth nothing."""
    table = shipped()
    assert datetime.fromisoformat(table.date) <= datetime.now()  # noqa: DTZ005 - a date has no zone
    assert table.source
    assert set(table.regions["us-east-1"].fargate) == {"X86_64", "ARM64", WINDOWS}
    for region in table.regions.values():
        assert set(region.instances) <= set(table.hardware)
        assert all(table.fee(region, name) < price for name, price in region.instances.items())


def test_what_is_written_is_what_is_read() -> None:
    """A renewal is reviewed as a diff: the same table is the same text, a type a line."""
    text = write_table(shipped())
    assert read_table(text) == shipped()
    assert shipped_file().read_text() == text
    assert sum('"m7g.large"' in line for line in text.splitlines()) == 2


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"date": 1}', write_table(OLD).replace('"vcpu": 2,', '"vcpus": 2,')])
def test_what_is_no_table_is_refused(text: str) -> None:
    """Whoever names the wrong file is told what writes a right one."""
    with pytest.raises(BadRequest, match="pilotage prices refresh"):
        read_table(text)


@pytest.mark.parametrize(
    ("expression", "runs"),
    [
        ("rate(5 minutes)", 8760),
        ("rate(1 hour)", 730),
        ("rate(1 day)", 730 / 24),
        ("cron(0 6 * * ? *)", 365 / 12),
        ("cron(0/15 8-17 ? * MON-FRI *)", 40 * 261 / 12),
        ("cron(0 9 ? * 2-6 *)", 261 / 12),
        ("cron(0 9 ? * 6 *)", 53 / 12),  # 1 is Sunday, and 2027 has 53 Fridays
        ("cron(0 0 L * ? *)", 1),
        ("cron(0 9 ? * 2#1 *)", 1),
        ("cron(0 9 1 1 ? *)", 1 / 12),
        ("at(2026-12-24T18:00:00)", 1),
        ("cron(0 9 15W * ? *)", None),
        ("cron(0 9 * * ? 2027)", None),
        ("every now and then", None),
    ],
)
def test_how_often_a_schedule_runs(expression: str, runs: float | None) -> None:
    """What a schedule costs is what its runs cost; what is not understood is not guessed."""
    assert runs_a_month(expression) == (None if runs is None else pytest.approx(runs))


def test_each_assumption_is_said() -> None:
    """Nobody knows how long a run takes: the estimate says what it took for granted."""
    nightly = scheduled(2, "cron(0 6 * * ? *)")
    assert nightly.least == 2
    assert nightly.hours == pytest.approx(365 / 12 / 6)
    assert nightly.note == "30 runs a month, assumed to take 10 minutes each"
    assert scheduled(1, "rate(1 minute)").note.startswith("43,800 runs a month")
    assert scheduled(1, "cron(0 3 1 1 ? *)").note.startswith("0.083 runs a month")
    assert scheduled(2, None) == scheduled(2, "cron(0 9 15W * ? *)") == once(2)
    assert once(1).note == "for one hour of running"
    assert (kept_running(2, 2).note, kept_running(0, 4).note) == ("", "0 to 4 tasks")


@pytest.mark.parametrize(
    ("kind", "cpu", "memory", "storage", "hour"),
    [
        ("X86_64", 256, 512, None, 0.04048 / 4 + 0.004445 / 2),
        ("ARM64", 1024, 2048, 20, 0.03238 + 2 * 0.00356),
        (WINDOWS, 1024, 2048, None, 0.046552 + 0.046 + 2 * 0.00511175),
        ("X86_64", 1024, 2048, 50, 0.04048 + 2 * 0.004445 + 30 * 0.000111),
        ("RISCV", 1024, 2048, None, None),
    ],
)
def test_what_an_hour_on_fargate_costs(
    kind: str, cpu: int, memory: int, storage: int | None, hour: float | None
) -> None:
    """vCPU, memory, the licence of Windows, and the storage beyond what every task has."""
    region = shipped().regions["us-east-1"]
    cost = fargate_hour(region, kind, cpu, memory, storage)
    assert cost == (None if hour is None else pytest.approx(hour))
    assert fargate_hour(replace(region, storage=None), "X86_64", 256, 512, 21) is None
    unlicensed = replace(region, fargate={WINDOWS: Rates(0.046552, 0.00511175)})
    assert fargate_hour(unlicensed, WINDOWS, 1024, 2048, None) is None, "a licence that is not known costs something"


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "$0.00"), (0.0042, "$0.0042"), (0.42, "$0.42"), (18.022, "$18.02"), (12345.6, "$12,346")]
)
def test_dollars_have_the_figures_that_mean_something(amount: float, text: str) -> None:
    """Neither cents of thousands nor an hour that costs $0.00."""
    assert dollars(amount) == text


def test_windows_without_its_licence_has_no_price() -> None:
    """What the list does not tell is unknown, and never free."""
    told = [each for each in answers.CONTAINERS if "Fargate-Windows-OS-Hours" not in each]
    region = renewed(OLD, "eu-central-1", told, answers.INSTANCES, "2026-11-24").regions["eu-central-1"]
    assert sorted(region.fargate) == ["ARM64", "X86_64"]


def test_the_price_list_becomes_a_region() -> None:
    """Of every row that AWS has of a type, the one that people pay; interfaces, which it does not tell, stay."""
    made = renewed(OLD, "eu-central-1", answers.CONTAINERS, answers.INSTANCES, "2026-11-24")
    region = made.regions["eu-central-1"]
    assert region.fargate == {
        "X86_64": Rates(0.04656, 0.00511),
        "ARM64": Rates(0.03725, 0.00409),
        WINDOWS: Rates(0.053544, 0.0058765, 0.046),
    }
    assert region.storage == pytest.approx(0.000127)
    assert region.instances == {"g6.xlarge": 1.006, "m7g.large": 0.0977, "m7i.large": 0.12075, "x9g.large": 2.5}
    assert region.managed == {"m7g.large": 0.0117}
    assert made.fee(region, "m7g.large") == pytest.approx(0.0117)
    assert made.fee(region, "g6.xlarge") == pytest.approx(0.078 * 1.006)
    assert made.hardware["m7g.large"] == OLD.hardware["m7g.large"]
    assert made.hardware["x9g.large"] == Hardware(2, 1024 * 1024, "ARM64")
    assert made.hardware["g6.xlarge"].gpus == 1
    assert made.regions["us-east-1"] == OLD.regions["us-east-1"]


def test_a_free_tier_is_no_price() -> None:
    """AWS lists what is free at first as a dimension of its own: what is paid after it is the price."""
    tiered = json.loads(answers.CONTAINERS[0])
    (term,) = tiered["terms"]["OnDemand"].values()
    term["priceDimensions"]["first"] = {"beginRange": "0", "endRange": "100", "pricePerUnit": {"USD": "0.0000000000"}}
    listed = (json.dumps(tiered), *answers.CONTAINERS[1:])
    made = renewed(OLD, "eu-central-1", listed, answers.INSTANCES, "2026-11-24")
    assert made.regions["eu-central-1"].fargate["X86_64"] == Rates(0.04656, 0.00511)


def test_the_date_is_that_of_the_oldest_price() -> None:
    """A table of two regions of which one was renewed is as old as the other."""
    assert renewed(OLD, "eu-central-1", answers.CONTAINERS, answers.INSTANCES, "2026-11-24").date == OLD.date
    alone = replace(OLD, regions={})
    made = renewed(alone, "eu-central-1", answers.CONTAINERS, answers.INSTANCES, "2026-11-24")
    assert (made.date, made.source) == ("2026-11-24", "AWS Price List API, eu-central-1 on 2026-11-24")
    assert set(only(made, {"m7g.large"}).hardware) == {"m7g.large"}


@pytest.mark.parametrize("missing", [(), answers.CONTAINERS[:1], answers.CONTAINERS[2:4], answers.CONTAINERS[8:]])
def test_half_a_table_replaces_nothing(missing: tuple[str, ...]) -> None:
    """A mistyped region must not leave an installation without prices."""
    with pytest.raises(BadRequest, match="region"):
        renewed(OLD, "eu-centrl-1", missing, answers.INSTANCES, "2026-11-24")


@pytest.fixture
def pricing(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Stubber]:
    client = boto3.client("pricing", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    monkeypatch.setattr(boto3, "client", lambda *_a, **_k: client)
    return client, Stubber(client)


def _expected(service: str, region: str, token: str | None) -> dict[str, Any]:
    terms = {"regionCode": region, **(INSTANCE_FILTERS if service == "AmazonEC2" else {})}
    filters = [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in terms.items()]
    request = {"ServiceCode": service, "Filters": filters, "MaxResults": 100}
    return request if token is None else {**request, "NextToken": token}


def _answering(stub: Stubber, region: str) -> Stubber:
    for service in ("AmazonECS", "AmazonEC2"):
        token = None
        for page in answers.pages(service):
            stub.add_response("get_products", page, _expected(service, region, token))
            token = page.get("NextToken")
    return stub


def test_every_page_is_read_and_errors_are_ours(pricing: tuple[Any, Stubber]) -> None:
    """A region has over a thousand rows; without the right, people are told which one is missing."""
    client, stub = pricing
    with _answering(stub, "eu-central-1"):
        here = PriceList(client)
        assert tuple(here.products("AmazonECS", "eu-central-1")) == answers.CONTAINERS
        assert tuple(here.products("AmazonEC2", "eu-central-1", INSTANCE_FILTERS)) == answers.INSTANCES
        stub.assert_no_pending_responses()
        stub.add_client_error("get_products", "AccessDeniedException", "no", expected_params=ANY_REQUEST)
        with pytest.raises(AccessDenied, match="pricing:GetProducts"):
            next(here.products("AmazonECS", "eu-central-1"))


ANY_REQUEST = {"ServiceCode": ANY, "Filters": ANY, "MaxResults": ANY}
Run = Callable[..., Any]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "prices.json"
    path.write_text(write_table(OLD))
    return path


def test_refresh_renews_the_file(pricing: tuple[Any, Stubber], table: Path) -> None:
    """The table says when it was asked, and of what: no type that nobody named gets into it."""
    words = ["prices", "refresh", "--region", "eu-central-1", "--type", "m7i.large", "--file", str(table)]
    with _answering(pricing[1], "eu-central-1"):
        result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert "sam build" in result.stdout
    made = read_table(table.read_text())
    assert list(made.regions) == ["eu-central-1", "us-east-1"]
    assert set(made.regions["eu-central-1"].instances) == {"m7g.large", "m7i.large", "g6.xlarge"}
    assert made.date == OLD.date


def test_refresh_of_all_regions_is_of_today(pricing: tuple[Any, Stubber], table: Path) -> None:
    """Without names it renews what is there, and then nothing is older than today."""
    with _answering(pricing[1], "us-east-1"):
        result = CliRunner().invoke(app, ["prices", "refresh", "--file", str(table), "--format", "json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {"file": str(table), "date": TODAY, "regions": ["us-east-1"]}
    assert read_table(table.read_text()).date == TODAY


def test_a_refresh_that_fails_leaves_the_file_alone(pricing: tuple[Any, Stubber], table: Path) -> None:
    """No right, no answer: one sentence, and the prices of before."""
    before = table.read_text()
    pricing[1].add_client_error("get_products", "AccessDeniedException", "not authorized", expected_params=ANY_REQUEST)
    with pricing[1]:
        result = CliRunner().invoke(app, ["prices", "refresh", "--file", str(table)])
    assert result.exit_code == 2
    assert "pricing:GetProducts" in result.stderr
    assert table.read_text() == before


def test_show_tells_date_source_and_what_is_not_there(table: Path) -> None:
    """Whoever doubts an estimate finds the prices behind it."""
    shown = CliRunner().invoke(app, ["prices", "show", "--file", str(table)], env={"COLUMNS": "120"}).stdout
    for word in (OLD.date, "a page", "m7g.large", "0.0816", "us-east-1"):
        assert word in shown
    missing = CliRunner().invoke(app, ["prices", "show", "--region", "eu-west-9", "--file", str(table)]).stdout
    assert "No prices of eu-west-9" in missing
    as_json = CliRunner().invoke(app, ["prices", "show", "--format", "json", "--file", str(table)]).stdout
    assert json.loads(as_json)["regions"]["us-east-1"]["instances"]["m7g.large"] == pytest.approx(0.0816)
