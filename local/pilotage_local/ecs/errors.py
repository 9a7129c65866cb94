"""The error that ECS answers with: a code that botocore turns into an exception class, and a sentence."""

from __future__ import annotations


class EcsError(Exception):
    """`code` is ECS's own (for example `ServiceNotFoundException`), `message` the sentence beside it."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(f"{code}: {message}")


def invalid(message: str) -> EcsError:
    return EcsError("InvalidParameterException", message)


def client_fault(message: str) -> EcsError:
    return EcsError("ClientException", message)


def cluster_not_found() -> EcsError:
    return EcsError("ClusterNotFoundException", "Cluster not found.")


def service_not_found() -> EcsError:
    return EcsError("ServiceNotFoundException", "Service not found.")
