"""S3: the port Policies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pilotage.aws.errors import translated
from pilotage.errors import BadPolicy, PilotageError
from pilotage.names import ENVIRONMENT_RULE, is_environment_name

if TYPE_CHECKING:
    from pilotage.policy import Policy

_FOLDER, _ENDING = "policies/", ".json"


class S3Policies:
    """One object an environment in a versioned bucket: `policies/<environment>.json`."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3, self._bucket = s3, bucket

    def current(self, environment: str) -> Policy:
        from pilotage.policy import MAX_BYTES, read_policy  # noqa: PLC0415 - members and checks seldom ask for it

        if not is_environment_name(environment):
            raise BadPolicy("environment", environment, f"An environment is {ENVIRONMENT_RULE}.")
        key = f"{_FOLDER}{environment}{_ENDING}"
        where = f"s3://{self._bucket}/{key}"

        def none_there(_sentence: str) -> PilotageError:
            return BadPolicy("policy", where, f"Environment {environment} has none: put its policy document there.")

        with translated("s3:GetObject", dict.fromkeys(("NoSuchKey", "NoSuchBucket"), none_there)):
            answer = self._s3.get_object(Bucket=self._bucket, Key=key)
            version = answer.get("VersionId", "null")
            if version == "null":
                raise BadPolicy(
                    "policy", where, "It has no version id: turn on versioning of the bucket, then put it again."
                )
            if answer["ContentLength"] > MAX_BYTES:
                size = f"{answer['ContentLength']} bytes"
                raise BadPolicy(f"policy {where}", size, f"At most {MAX_BYTES} bytes are read: shorten it.")
            content = answer["Body"].read()
        policy = read_policy(_text(where, content), version)
        if policy.environment != environment:
            raise BadPolicy(f"policy {where}: environment", policy.environment, f"In this object it is {environment}.")
        return policy

    def environments(self) -> Sequence[str]:
        """Of the first thousand objects, which no account has so many environments to fill; more are refused."""
        with translated("s3:ListBucket"):
            answer = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=_FOLDER)
        if answer.get("IsTruncated"):
            where = f"s3://{self._bucket}/{_FOLDER}"
            raise BadPolicy("policies", where, "There are more than 1000 objects: keep nothing but policies there.")
        keys = (str(item["Key"]) for item in answer.get("Contents", ()))
        names = (key.removeprefix(_FOLDER).removesuffix(_ENDING) for key in keys if key.endswith(_ENDING))
        return sorted(name for name in names if is_environment_name(name))


def _text(where: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise BadPolicy(f"policy {where}", content[:40], "It has to be JSON in UTF-8.") from error
