"""What a platform team has before Pilotage comes, on the embedded AWS: `examples/foundation`, by the route that a real
account takes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from string import Template
from urllib.request import urlopen

from pilotage_local.sam import sam
from pilotage_local.stack import client

STACK = "pilotage-foundation"
_IMAGE_PARAMETER = "/pilotage/example/ami"


def foundation(endpoint: str, examples: Path) -> dict[str, str]:
    """Deploy `examples`/template.yaml; its outputs. Raises DidNotStart.

    AWS's public parameter that names the AMI does not exist here, so another takes its place; no instance ever starts.
    """
    client("ssm", endpoint).put_parameter(
        Name=_IMAGE_PARAMETER, Value="ami-00000000000000000", Type="String", Overwrite=True
    )
    sam(
        endpoint,
        examples,
        "deploy",
        *("--template-file", "template.yaml", "--stack-name", STACK, "--resolve-s3"),
        *("--capabilities", "CAPABILITY_NAMED_IAM", "--no-confirm-changeset", "--no-fail-on-empty-changeset"),
        *("--parameter-overrides", f"InstanceImage={_IMAGE_PARAMETER}"),
    )
    described = client("cloudformation", endpoint).describe_stacks(StackName=STACK)
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Stacks"][0]["Outputs"]}
    return outputs | reachable(outputs, doors(endpoint))


def reachable(outputs: Mapping[str, str], addresses: Mapping[str, str]) -> dict[str, str]:
    """The URLs of the listeners as they answer here: the load balancer's own name resolves nowhere."""
    names = {"SiteUrl": "Listener", "TestUrl": "TestListener"}
    return {url: addresses[outputs[listener]] for url, listener in names.items() if outputs.get(listener) in addresses}


def doors(endpoint: str) -> dict[str, str]:
    """The URL of each listener of the embedded load balancers, by its ARN."""
    with urlopen(f"{endpoint}/_pilotage/doors") as answer:  # noqa: S310 - the embedded AWS on loopback
        addresses: dict[str, str] = json.load(answer)
    return addresses


def filled_policy(text: str, outputs: Mapping[str, str]) -> str:
    """A policy document whose `${Name}`s are outputs of the foundation. Raises KeyError for a name that is none."""
    filled = Template(text).substitute(outputs)
    json.loads(filled)  # an output must not break the document
    return filled


def upload_policy(endpoint: str, bucket: str, environment: str, document: str) -> str:
    """Its version id."""
    put = client("s3", endpoint).put_object(
        Bucket=bucket, Key=f"policies/{environment}.json", Body=document.encode(), ContentType="application/json"
    )
    return str(put["VersionId"])
