"""Before a release: is everything there that it needs, and will it do? Facts come from a port; this judges them.

What has to be looked at follows from the definitions (`needs`). It is looked at in rounds, since what is seen names
further things, such as the KMS key of a secret (`wanted`). `judge` makes findings of what was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from pilotage.verifying import capacity, network, rights, stored
from pilotage.verifying.arns import Place, account_of, ecr_name
from pilotage.verifying.finding import Finding, Level
from pilotage.verifying.needs import Needs, needs
from pilotage.verifying.things import Facts, Instances, ScalingGroup, Thing

__all__ = [
    "CHECKS",
    "SURE",
    "Check",
    "Facts",
    "Finding",
    "Level",
    "Needs",
    "Place",
    "judge",
    "needs",
    "surely",
    "wanted",
]

Check = Callable[[Needs, Facts], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    capacity.sizes,
    stored.images,
    stored.references,
    stored.files,
    rights.roles,
    rights.rights,
    stored.log_groups,
    network.subnets,
    network.addresses,
    network.security_groups,
    network.target_groups,
    network.rules,
    stored.file_systems,
    capacity.clusters,
    capacity.instances,
    stored.named,
)
# Without which a release fails for sure, and that a call or none tells.
SURE: tuple[Check, ...] = (
    capacity.sizes,
    stored.images,
    stored.references,
    rights.roles,
    network.subnets,
    network.security_groups,
    network.target_groups,
    capacity.clusters,
)


def judge(needed: Needs, facts: Facts, checks: Iterable[Check] = CHECKS) -> tuple[Finding, ...]:
    """What is wrong first, then what is unknown, then what is fine; within each, in the order of the checks."""
    found = [finding for check in checks for finding in check(needed, facts)]
    order = list(Level)
    return tuple(sorted(dict.fromkeys(found), key=lambda each: order.index(each.level)))


def surely(needed: Needs) -> Needs:
    """So much of it as SURE looks at."""
    return replace(
        needed,
        files=(),
        log_groups=(),
        shifted=(),
        file_systems=(),
        namespaces=(),
        queues=(),
        execution=None,
        passed_by=None,
    )


def wanted(needed: Needs, facts: Facts, checks: Iterable[Check] = CHECKS) -> tuple[Thing[object], ...]:
    """What is to be looked at next, by what was seen so far; () when that is all."""
    found: list[Thing[object]] = [*_named(needed), *_unlisted(needed, facts)]
    if capacity.instances in checks:
        found += _capacity(needed, facts)
    if rights.rights in checks:
        found += [*rights.wanted(needed, facts), *rights.doubted(needed, facts)]
    return tuple(thing for thing in dict.fromkeys(found) if thing not in facts.seen)


def _named(needed: Needs) -> Iterator[Thing[object]]:
    yield needed.cluster
    for image in needed.images:
        name = ecr_name(image)
        if name is not None and (name.account, name.region) == (needed.place.account, needed.place.region):
            yield image
    yield from (each.thing for each in needed.references)
    yield from (each.role for each in needed.roles if account_of(each.role.name) == needed.place.account)
    if needed.network is not None:
        yield from (*needed.network.subnets, *needed.network.security_groups)
    yield from (each.group for each in needed.balanced)
    yield from (each.rule for each in needed.shifted)
    yield from (*needed.files, *needed.log_groups, *needed.file_systems, *needed.namespaces, *needed.queues)


def _unlisted(needed: Needs, facts: Facts) -> Iterator[Thing[object]]:
    """Capacity providers that the cluster does not list: one of Managed Instances is known by itself."""
    for seen in facts.has([needed.cluster]):
        names = {*seen.providers, *capacity.OWN}
        yield from (each for each in needed.providers if each.name not in names)


def _capacity(needed: Needs, facts: Facts) -> Iterator[Thing[object]]:
    """Fargate's own providers need no look; of the others, their Auto Scaling group and the cluster's instances."""
    providers = [each for each in needed.providers if each.name not in capacity.OWN]
    yield from providers
    groups = [seen.group for seen in facts.has(providers) if seen.group is not None]
    yield from (ScalingGroup(group) for group in groups)
    if groups or needed.task.on_instances:
        yield Instances(needed.cluster.name)
