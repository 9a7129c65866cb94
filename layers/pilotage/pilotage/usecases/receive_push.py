"""A push arrives: decide whether it is a release, and start it at most once.

Whoever delivers the event may deliver it again, late, or in another order. The execution's name is derived from the
push itself, so a second delivery cannot start a second execution; the tag's head remembers what was taken, so that a
late delivery of a push which the sweep found first is known again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase

from pilotage.artifact import not_runnable
from pilotage.errors import BadInput, BadPolicy, NotFound
from pilotage.names import is_environment_name, is_service_name, service_name
from pilotage.outcome import Outcome
from pilotage.policy import Policy
from pilotage.ports import Announcer, Clock, Executions, Head, Policies, Records, Registry
from pilotage.push import Ignored, IgnoredPush, Push
from pilotage.record import ReleaseRecord, news
from pilotage.release import ReleaseRequest, RequestedBy
from pilotage.workload.repository_tags import PREFIX, read_repository_tags


@dataclass(frozen=True, slots=True)
class RefusedPush:
    """The repository or its environment is set up wrongly; `sentence` names the thing, the value and the remedy.

    `request` is what it would have been, as far as the repository's tags can be read. It is another attempt than the
    release that the sweep starts once the mistake is corrected.
    """

    request: ReleaseRequest
    sentence: str


@dataclass(frozen=True, slots=True)
class Started:
    """`new` False: an execution of this name exists already, and nothing was done twice."""

    request: ReleaseRequest
    new: bool


def receive_push(
    push: Push,
    *,
    default_environment: str,
    registry: Registry,
    policies: Policies,
    records: Records,
    executions: Executions,
    clock: Clock,
) -> Started | IgnoredPush | RefusedPush:
    """Start the release of this push, or say why it is left alone, or what is wrong."""
    tags: Mapping[str, str] = {}
    try:
        tags = registry.tags_of(push.account, push.region, push.repository)
        settings = read_repository_tags(tags)
        if settings.enabled is False:
            return _ignored(push, Ignored.NOT_OPTED_IN, "its tag pilotage:enabled is false")
        environment = settings.environment or default_environment
        policy = policies.current(environment)
    except NotFound as error:
        return _ignored(push, Ignored.GONE, str(error))
    except BadInput as error:
        return _refused(push, tags, default_environment, error)
    ignored = _not_selected(push, policy, opted_in=settings.enabled is True) or _not_current(push, registry)
    if ignored is not None:
        return ignored
    head = records.head(push.repository, push.tag)
    ignored = _taken_before(push, head)
    if ignored is not None:
        return ignored
    request = request_for(push, settings.service or service_name(push.repository), environment, RequestedBy.PUSH)
    return start(request, head, Head(push.digest, push.pushed_at, request.release_id), records, executions, clock)


def start(
    request: ReleaseRequest, before: Head | None, head: Head, records: Records, executions: Executions, clock: Clock
) -> Started:
    """Open the record, start the execution, move the tag's head; each may be repeated after a crash."""
    now = clock.now()
    records.open(ReleaseRecord.begun(request, now))
    new = executions.start(request)
    if request.tag is not None:
        records.move_head(request.repository, request.tag, head, expected=before)
    return Started(request, new)


def tell_refused(refused: RefusedPush, *, records: Records, announcer: Announcer, clock: Clock) -> None:
    """Into the record and onto the event bus, where a release that was rejected is told too. Idempotent."""
    request = refused.request
    record = replace(ReleaseRecord.begun(request, clock.now()), outcome=Outcome.REJECTED, reasons=(refused.sentence,))
    records.open(record)
    announcer.tell("Push Refused", request.target, news(record))


def request_for(push: Push, service: str, environment: str, requested_by: RequestedBy) -> ReleaseRequest:
    """The request of this push: the same push always gives the same `release_id`, another push another one."""
    return ReleaseRequest(
        release_id=release_id(service, environment, push.digest, push.pushed_at),
        service=service,
        environment=environment,
        account=push.account,
        region=push.region,
        repository=push.repository,
        digest=push.digest,
        tag=push.tag,
        pushed_at=push.pushed_at,
        correlation_id=push.event_id,
        requested_by=requested_by,
    )


def release_id(service: str, environment: str, digest: str, attempt: datetime) -> str:
    """An execution name: readable parts, cut short, and a hash over the whole of them.

    At most 80 characters of [A-Za-z0-9_-] (StartExecution, Step Functions API reference). `attempt` is the time of
    the push or of the person's request.
    """
    whole = f"{environment}/{service}/{digest}/{attempt.isoformat()}"
    told_apart = hashlib.sha256(whole.encode()).hexdigest()[:12]
    parts = (environment[:12], service[:32], digest.removeprefix("sha256:")[:8], told_apart)
    return re.sub(r"[^A-Za-z0-9_-]", "-", "-".join(parts))


def asks_for_anything(tags: Mapping[str, str]) -> bool:
    return any(key.startswith(PREFIX) for key in tags)


def eligible(tag: str, policy: Policy) -> bool:
    return any(fnmatchcase(tag, pattern) for pattern in policy.tags)


def _refused(
    push: Push, tags: Mapping[str, str], default_environment: str, error: BadInput
) -> RefusedPush | IgnoredPush:
    """A repository that never asked for anything is none of ours, whatever is wrong with the policy."""
    asked = {key.removeprefix(PREFIX): value for key, value in tags.items() if key.startswith(PREFIX)}
    if isinstance(error, BadPolicy) and not asks_for_anything(tags):
        return _ignored(push, Ignored.NOT_OPTED_IN, str(error))
    named = asked.get("environment", "")
    environment = named if is_environment_name(named) else default_environment
    named = asked.get("service", "")
    request = request_for(
        push, named if is_service_name(named) else service_name(push.repository), environment, RequestedBy.PUSH
    )
    return RefusedPush(replace(request, release_id=f"refused-{request.release_id}"), str(error))


def _not_selected(push: Push, policy: Policy, *, opted_in: bool) -> IgnoredPush | None:
    if policy.opt_in and not opted_in:
        return _ignored(push, Ignored.NOT_OPTED_IN, "tag the repository pilotage:enabled=true to release its pushes")
    if not eligible(push.tag, policy):
        patterns = ", ".join(policy.tags)
        return _ignored(push, Ignored.TAG_NOT_ELIGIBLE, f"policy {policy.environment} releases {patterns}")
    return None


def _not_current(push: Push, registry: Registry) -> IgnoredPush | None:
    resolved = registry.resolve(push.account, push.repository, push.tag)
    if resolved is None:
        return _ignored(push, Ignored.GONE, "the tag was removed")
    if resolved.digest != push.digest:
        return _ignored(push, Ignored.TAG_MOVED, f"it names {resolved.digest}, the event said {push.digest}")
    reason = not_runnable(resolved.media_type, resolved.manifest)
    return None if reason is None else _ignored(push, Ignored.NOT_RUNNABLE, reason)


def _taken_before(push: Push, head: Head | None) -> IgnoredPush | None:
    """The very same delivery passes: starting it again changes nothing, and repairs a crash after the first try."""
    if head is None or push.pushed_at > head.pushed_at:
        return None
    if head.digest != push.digest:
        return _ignored(push, Ignored.OLDER, f"{head.digest} was pushed at {head.pushed_at.isoformat()}")
    if push.pushed_at == head.pushed_at:
        return None
    return _ignored(push, Ignored.ALREADY_SEEN, f"release {head.release_id} took it")


def _ignored(push: Push, why: Ignored, detail: str) -> IgnoredPush:
    sentence = f"{push.repository}:{push.tag}: {why}: {detail}"
    return IgnoredPush(why, sentence, push.repository, push.digest, push.tag)
