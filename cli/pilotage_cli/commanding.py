"""Commands go to the stack's own API, where one implementation decides for every chat and every terminal alike.

POST /v1/commands, signed with Signature Version 4 for the service `execute-api` (IAM user guide, "AWS Signature
Version 4 for API requests"). API Gateway verifies it and tells the function who signed.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ClientError
from pilotage.errors import BadRequest
from pilotage.settings import Settings

from pilotage_cli.trouble import WentWrong
from pilotage_cli.world import EMBEDDED, outputs, settings_of

PATH = "/v1/commands"
_SECONDS = 31  # API Gateway gives up after 30 (HTTP API quotas: maximum integration timeout)
# The same Idempotency-Key goes with every try: a command that was done is not done again.
_RETRY = urllib3.Retry(total=2, allowed_methods=None, status_forcelist=(502, 503, 504), backoff_factor=0.5)


@dataclass(frozen=True, slots=True)
class Said:
    """What the stack answered. `done` False: it was refused, or nothing changed; or it was not `understood`."""

    sentence: str
    done: bool
    release: str | None
    understood: bool = True


def command(stack: str, document: Mapping[str, Any]) -> Said:
    """Raises BadRequest for what a person can mend, and WentWrong when the API does not answer as it should."""
    told = outputs(stack)
    here, url = settings_of(stack, told), told.get("ApiUrl")
    if not url:
        raise BadRequest("stack", stack, "It has no output ApiUrl: deploy a version of Pilotage that takes commands.")
    status, body = _post(f"{url.rstrip('/')}{PATH}", json.dumps(document).encode(), here.region)
    return _read(status, body, url, here)


def _post(url: str, body: bytes, region: str) -> tuple[int, bytes]:
    request = AWSRequest("POST", url, {"content-type": "application/json", "idempotency-key": uuid.uuid4().hex}, body)
    SigV4Auth(_credentials(), "execute-api", region).add_auth(request)
    try:
        with urllib3.PoolManager(timeout=_SECONDS, retries=_RETRY) as pool:
            answer = pool.request("POST", url, body=body, headers=dict(request.headers.items()), redirect=False)
            return answer.status, answer.data
    except urllib3.exceptions.HTTPError as error:
        raise WentWrong(f"{url} does not answer: {type(error).__name__}.") from error


def _credentials() -> Any:
    import boto3  # noqa: PLC0415 - a quarter of a second that only asking AWS pays

    try:
        found = boto3.Session().get_credentials()
        if found is None:
            raise BadRequest("AWS credentials", None, f"Sign in first; {EMBEDDED}.")
        return found.get_frozen_credentials()
    except BotoCoreError as error:
        raise BadRequest("AWS credentials", str(error), f"Sign in again; {EMBEDDED}.") from error


def _read(status: int, body: bytes, url: str, here: Settings) -> Said:
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if isinstance(document, dict) and isinstance(document.get("sentence"), str):
        understood = status != 400  # noqa: PLR2004 - Bad Request
        return Said(document["sentence"], document.get("done") is True, document.get("release"), understood)
    if status == 403:  # noqa: PLR2004 - API Gateway's own, before any function was asked
        api = (urlsplit(url).hostname or "").partition(".")[0]
        resource = f"arn:aws:execute-api:{here.region}:{here.account}:{api}/*/POST{PATH}"
        raise BadRequest("AWS identity", _who(), f"Its IAM policy has to allow execute-api:Invoke on {resource}.")
    raise WentWrong(f"{url}{PATH} answered {status}; the log of TakeCommandFunction says why.")


def _who() -> str:
    import boto3  # noqa: PLC0415 - a quarter of a second that only asking AWS pays

    try:
        return str(boto3.client("sts").get_caller_identity()["Arn"])
    except (BotoCoreError, ClientError):
        return "whoever these credentials belong to"
