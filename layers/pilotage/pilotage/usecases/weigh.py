"""A plan with what people have to know to decide about it: its risk, who made it, and who has to approve it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from pilotage.approval import required
from pilotage.artifact import AUTHORS_LABEL, PUSHER_LABEL, Artifact
from pilotage.document import content_hash, to_document
from pilotage.gate import Standing
from pilotage.plan import Live, Plan
from pilotage.plan.assessing import Circumstances, Scanned, assess, running_digest
from pilotage.plan.risk import PointKind
from pilotage.policy import Policy
from pilotage.ports import Scans
from pilotage.release import ReleaseRequest
from pilotage.windows import windows_in_force

SOURCE_LABEL = "org.opencontainers.image.source"
# More than so many are nobody: who is to be told apart from the people that decide would be hidden among them.
MOST_AUTHORS = 20
_LONGEST_SOURCE = 300  # characters
_LONGEST = 254  # characters of an e-mail address (RFC 5321, 4.5.3.1.3)
_ADDRESS = re.compile(r"<([^<>]*)>")
_COMMIT = re.compile(r"[0-9a-f]{7,64}(-dirty)?")


def weigh(
    plan: Plan,
    request: ReleaseRequest,
    policy: Policy,
    artifact: Artifact,
    live: Live,
    standing: Standing,
    scans: Scans,
    now: datetime,
    *,
    banned_before: str | None = None,
) -> Plan:
    """The plan with `risk`, `asks`, `authors` and `commit`. `banned_before`: why this digest was banned once."""
    known = assessed(plan, request, policy, artifact, live, standing, scans, now, banned_before=banned_before)
    return asking(known, request, policy)


def assessed(
    plan: Plan,
    request: ReleaseRequest,
    policy: Policy,
    artifact: Artifact,
    live: Live,
    standing: Standing,
    scans: Scans,
    now: datetime,
    *,
    banned_before: str | None = None,
    newer_schema: str | None = None,
) -> Plan:
    """The plan with all but who has to approve it.

    Scans are asked for only where the policy asks by risk and names them among its points.
    """
    told = replace(plan, authors=authors_of(artifact, request), commit=_commit(artifact), source=_source(artifact))
    if plan.strategy.pauses:
        told = replace(told, pause_rule=policy.approval.rule)
    if not plan.steps:
        return told
    seen = Circumstances(
        successes=standing.successes,
        applied_tag=standing.applied_tag,
        scanned=_scanned(plan, policy, artifact, live, standing, scans),
        evenings=tuple(stop.reason for stop in windows_in_force(policy.approval.evenings, request.target, now)),
        banned_before=banned_before,
        newer_schema=newer_schema,
    )
    return replace(told, risk=assess(plan, live, policy, artifact, seen))


def asking(plan: Plan, request: ReleaseRequest, policy: Policy) -> Plan:
    """With the rule, and another hash for it: a plan of the same steps that asks nobody, such as a rollback's, is
    another plan, and must not be found under this one's hash.
    """
    rule = required(plan, request, policy.approval)
    if rule is None:
        return plan
    return replace(plan, asks=rule, hash=content_hash({"plan": plan.hash, "asks": to_document(rule)}))


def authors_of(artifact: Artifact, request: ReleaseRequest) -> tuple[str, ...]:
    """Who made what is to be released: the commit's authors, who pushed it, and who asked for the release.

    E-mails and logins, as labels name them, and the policy's name of who asked. Empty: nobody knows.
    """
    said = [part for label in (AUTHORS_LABEL, PUSHER_LABEL) for part in artifact.labels.get(label, "").split(",")]
    cleaned = [_cleaned(part) for part in said]
    found = tuple(dict.fromkeys(each for each in (*cleaned, request.person or "") if each))
    return found if len(found) <= MOST_AUTHORS else ()


def _cleaned(text: str) -> str:
    """`Ann <ann@example.org>` is known by the address alone. Controls and text directions are no part of a name."""
    address = _ADDRESS.search(text)
    shown = "".join(character for character in (address[1] if address else text) if character.isprintable())
    return shown.strip()[:_LONGEST]


def _commit(artifact: Artifact) -> str | None:
    """The commit that the image names; None for anything that is no commit's id, since everybody can write labels."""
    named = artifact.commit or ""
    return named if _COMMIT.fullmatch(named) else None


def _source(artifact: Artifact) -> str | None:
    """The repository on the web, if the image names one: a card links to it only after looking at it again."""
    named = artifact.labels.get(SOURCE_LABEL, "")
    return named if named.startswith("https://") and len(named) <= _LONGEST_SOURCE else None


def _scanned(
    plan: Plan, policy: Policy, artifact: Artifact, live: Live, standing: Standing, scans: Scans
) -> Scanned | None:
    """None when nobody wants to know, and when the image is the one that runs: nothing in it is new."""
    rules = policy.approval
    if rules.when != "risk" or PointKind.SCAN.value not in rules.points:
        return None
    running = running_digest(plan, live) or standing.succeeded_digest
    if running == artifact.digest:
        return None
    ours = scans.findings(artifact.account, artifact.repository, artifact.digest)
    theirs = scans.findings(artifact.account, artifact.repository, running) if running and ours else None
    return Scanned(ours, theirs)
