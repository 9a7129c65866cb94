"""`pilotage import` at a terminal: what it writes, what it tells, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pilotage_cli.main import app
from typer.testing import CliRunner, Result

DATA = Path(__file__).parents[1] / "data"


def run(*words: str | Path, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["import", *map(str, words)], input=stdin)


def test_a_task_definition_becomes_a_file_and_its_policy_another(tmp_path: Path) -> None:
    """The manifest goes to the team's repository, the policy to the operators."""
    manifest, policy = tmp_path / "pilotage.yaml", tmp_path / "policy.json"
    words = ("taskdef", DATA / "imports/app-mesh.json", "--out", manifest, "--policy-out", policy)
    result = run(*words)
    assert result.exit_code == 0, result.output
    assert "renders back equal" in result.stderr
    assert "allow.fields: task_definition.proxyConfiguration" in manifest.read_text()
    rendering = CliRunner().invoke(app, ["render", "--manifest", str(manifest), "--policy", str(policy), "--image",
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/meow:v1"])  # fmt: skip
    assert rendering.exit_code == 0, rendering.output
    assert run(*words).exit_code == 2
    assert run(*words, "--force").exit_code == 0


def test_what_was_left_ends_with_a_code_of_its_own() -> None:
    """A script that moves a hundred services must see which ones a person has to look at."""
    result = run("taskdef", DATA / "imports/cloudformation.yaml")
    assert result.exit_code == 3
    assert "left: service.loadBalancers. Nobody has filled in Tg: add --set Tg=VALUE." in result.stderr
    group = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef"
    role = "arn:aws:iam::123456789012:role/web"
    filled = run("taskdef", DATA / "imports/cloudformation.yaml", "--set", f"Tg={group}", "--set", f"TaskRole={role}")
    assert filled.exit_code == 0, filled.stderr


ECSPRESSO = {
    "ecspresso.yml": "region: eu-west-1\ncluster: main\nservice: kittens\nservice_definition: s.json\n"
    "task_definition: {task}\ntimeout: 10m0s\nplugins:\n  - name: tfstate\n    config: {{url: s3://x/y}}\n",
    "s.json": '{"desiredCount": 2, "launchType": "FARGATE", "networkConfiguration": {"awsvpcConfiguration": {"subnets":'
    ' ["{{ tfstate `aws_subnet.a.id` }}"]}}}',
    "t.json": '{"family": "k", "cpu": "256", "memory": "512", "requiresCompatibilities": ["FARGATE"], "networkMode":'
    ' "awsvpc", "containerDefinitions": [{"name": "app", "image": "x:{{ must_env `TAG` }}"}]}',
    "t.jsonnet": "local env = std.native('env');\n{family: 'k', cpu: '256', memory: '512', requiresCompatibilities: "
    "['FARGATE'], networkMode: 'awsvpc', containerDefinitions: [{name: 'app', image: 'x', environment: [{name: 'A', "
    "value: env('NOT_SET', 'usual')}, {name: 'B', value: std.extVar('B')}]}]}",
}


@pytest.mark.parametrize("task", ["t.json", "t.jsonnet"])
def test_ecspressos_project_comes_with_its_files(tmp_path: Path, task: str) -> None:
    """Its configuration names the service; the files beside it are found from where it lies."""
    for name, text in ECSPRESSO.items():
        (tmp_path / name).write_text(text.format(task=task) if name.endswith("yml") else text)
    words = ("--set", "aws_subnet.a.id=subnet-0abc", "--set", "B=b", "--format", "json")
    result = run("ecspresso", tmp_path / "ecspresso.yml", *words)
    told = json.loads(result.stdout)
    assert told["differences"] == []
    assert [each["path"] for each in told["left"]] == ["timeout", "plugins"]
    assert (told["manifest"]["service"], told["manifest"]["count"]) == ("kittens", 2)
    assert (told["policy"]["cluster"], told["policy"]["network"]["subnets"]) == ("main", ["subnet-0abc"])
    if task == "t.jsonnet":
        assert told["manifest"]["environment"] == {"A": "usual", "B": "b"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("taskdef", "nowhere.json"), "There is no such file"),
        (("taskdef", "-", "--set", "X"), "Write it as NAME=VALUE"),
        (("taskdef", "-", "--account", "12"), "12 digits"),
        (("taskdef", "-", "--environment", "No Name"), "An environment has"),
        (("taskdef", "-"), "The file is empty"),
        (("ecspresso", "-"), "The file is empty"),
    ],
)
def test_a_command_line_that_cannot_be_is_told(words: tuple[str, ...], says: str) -> None:
    """One sentence, exit code 2, no traceback."""
    result = run(*words, stdin="")
    assert result.exit_code == 2
    assert says in result.output
