"""Roles: they exist, the right service may assume them, Pilotage may pass them, and the execution role may read."""

from __future__ import annotations

from collections.abc import Iterator

from pilotage.verifying import finding as pages
from pilotage.verifying.arns import Place, account_of, bucket_and_key, ecr_name
from pilotage.verifying.finding import Finding, fine, unknown, unseen, wrong
from pilotage.verifying.needs import Needs, Passed
from pilotage.verifying.things import Facts, Parameter, Right, Role, RoleSeen, Secret, SecretPolicy, Unseen

_ALLOWED, _EXPLICIT = "allowed", "explicitDeny"
# What may be granted from the other side, too: by a policy of the thing itself, in the same account ("Identity-based
# policies and resource-based policies", IAM User Guide).
_GRANTED_BY_THINGS = {"s3": "the bucket", "kms": "the key", "ecr": "the repository", "secretsmanager": "the secret"}


def roles(needs: Needs, facts: Facts) -> Iterator[Finding]:
    for passed in needs.roles:
        yield _role(passed, needs, facts)


def _role(passed: Passed, needs: Needs, facts: Facts) -> Finding:
    thing, page = f"{passed.as_what} {passed.role.name}", pages.TRUST
    if account_of(passed.role.name) != needs.place.account:
        found = f"it is no role of account {needs.place.account}"
        return wrong(thing, found, "A role can be passed within its account only: name one of this.", pages.PASS_ROLE)
    seen = facts.of(passed.role)
    if isinstance(seen, Unseen):
        return unseen(thing, seen, page)
    if seen is None:
        return wrong(thing, "IAM has no such role", "Create it, or correct its ARN.", page)
    if seen.arn != passed.role.name:
        return wrong(thing, f"the role of that name is {seen.arn}", "Write its ARN with its path.", page)
    if passed.to not in seen.trusts:
        found = f"its trust policy does not let {passed.to} assume it"
        return wrong(thing, found, f"Allow sts:AssumeRole to {passed.to} there.", page)
    return fine(thing, f"{passed.to} may assume it", page)


def wanted(needs: Needs, facts: Facts) -> Iterator[Right]:
    """What roles have to be allowed, as far as it is known by now: who is passed, and what is read with what key."""
    if needs.passed_by is not None:
        yield from (Right(needs.passed_by, "iam:PassRole", each.role.name, each.to) for each in _own(needs, facts))
    if needs.execution is None or not _is_there(needs.execution, facts):
        return
    role, place = needs.execution.name, needs.place
    for action, resource in dict.fromkeys([*_read(needs, facts), *_pulled(needs), *_logged(needs, place)]):
        yield Right(role, action, resource)


def _own(needs: Needs, facts: Facts) -> Iterator[Passed]:
    return (each for each in needs.roles if _is_there(each.role, facts))


def _is_there(role: Role, facts: Facts) -> bool:
    return isinstance(facts.of(role), RoleSeen)


def _read(needs: Needs, facts: Facts) -> Iterator[tuple[str, str]]:
    for each in needs.references:
        for parameter in facts.has([each.thing] if isinstance(each.thing, Parameter) else []):
            yield "ssm:GetParameters", each.thing.name
            if parameter.key is not None:
                yield "kms:Decrypt", parameter.key
        for secret in facts.has([each.thing] if isinstance(each.thing, Secret) else []):
            yield "secretsmanager:GetSecretValue", secret.arn
            if secret.key is not None:
                yield "kms:Decrypt", secret.key
    for file in needs.files:
        yield "s3:GetObject", file.name
        bucket, _ = bucket_and_key(file)
        yield "s3:GetBucketLocation", f"{file.name.split(':::', 1)[0]}:::{bucket}"


def _pulled(needs: Needs) -> Iterator[tuple[str, str]]:
    """What a pull takes ("Amazon ECS task execution IAM role")."""
    for image in needs.images:
        name = ecr_name(image)
        if name is not None:
            yield "ecr:GetAuthorizationToken", "*"
            where = Place(name.account, name.region)
            for action in ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"):
                yield action, where.arn("ecr", f"repository/{name.repository}")


def _logged(needs: Needs, place: Place) -> Iterator[tuple[str, str]]:
    for group in needs.logs_to:
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            yield action, place.arn("logs", f"log-group:{group.name}:log-stream:*")


def doubted(needs: Needs, facts: Facts) -> Iterator[SecretPolicy]:
    """Secrets that no policy of the role opens: one of their own may."""
    for right in wanted(needs, facts):
        seen = facts.of(right)
        denied = seen is not None and not isinstance(seen, Unseen) and seen.decision != _ALLOWED
        if denied and right.action == "secretsmanager:GetSecretValue":
            yield SecretPolicy(right.resource)


def rights(needs: Needs, facts: Facts) -> Iterator[Finding]:
    for right in wanted(needs, facts):
        yield _right(right, needs, facts)
    if needs.passed_by is None and needs.roles:
        found = "who passes the roles is not known"
        yield unknown("iam:PassRole", found, "Verify with --stack: its role is looked at then.", pages.PASS_ROLE)


def _right(right: Right, needs: Needs, facts: Facts) -> Finding:
    page = pages.PASS_ROLE if right.passed_to else pages.EXECUTION_ROLE
    thing = f"{right.action} on {right.resource}"
    who = "Pilotage" if right.name == needs.passed_by else "the execution role"
    seen = facts.of(right)
    if isinstance(seen, Unseen):
        return unseen(thing, seen, page)
    if seen is None:
        return unknown(thing, f"IAM does not know {who}", "Look at it by hand.", page)
    if seen.decision == _ALLOWED:
        return fine(thing, f"{who} may", page)
    remedy = _remedy(right, needs)
    if seen.missing:
        return unknown(thing, f"it depends on {', '.join(seen.missing)}", remedy, page)
    owner = _granted_by(right, facts) if seen.decision != _EXPLICIT else None
    if owner is not None:
        return unknown(thing, f"no policy of {who} allows it; one of {owner} may, which was not read", remedy, page)
    how = "a policy denies it to" if seen.decision == _EXPLICIT else "nothing allows it to"
    return wrong(thing, f"{how} {who}", remedy, page)


def _remedy(right: Right, needs: Needs) -> str:
    if right.passed_to is None:
        return f"Allow {right.action} on {right.resource} to {right.name}."
    return f"Pilotage passes roles of one path only: make the role there ({needs.passed_by} says which)."


def _granted_by(right: Right, facts: Facts) -> str | None:
    service = right.action.partition(":")[0]
    if right.resource == "*" or service not in _GRANTED_BY_THINGS:
        return None
    if service == "secretsmanager" and facts.of(SecretPolicy(right.resource)) is None:
        return None
    return _GRANTED_BY_THINGS[service]
