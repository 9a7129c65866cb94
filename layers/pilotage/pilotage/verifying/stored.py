"""What has to be there by its name: images, secrets, parameters, files, log groups, file systems, queues."""

from __future__ import annotations

from collections.abc import Iterator

from pilotage.verifying import finding as pages
from pilotage.verifying.arns import Reference, ecr_name
from pilotage.verifying.finding import Finding, fine, there, unknown, unseen, wrong
from pilotage.verifying.needs import Needs
from pilotage.verifying.things import Facts, Image, Secret, SecretSeen, Unseen


def images(needs: Needs, facts: Facts) -> Iterator[Finding]:
    """Each container's image is there, with a build for the platform that the task definition names."""
    for image in needs.images:
        yield _image(image, needs, facts)


def _image(image: Image, needs: Needs, facts: Facts) -> Finding:
    thing, page = f"image {image.name}", pages.IMAGES
    wanted = f"{needs.task.os}/{needs.task.architecture}"
    name = ecr_name(image)
    if name is None or (name.account, name.region) != (needs.place.account, needs.place.region):
        return unknown(thing, "it lies in another registry", f"See that it has a build for {wanted}.", page)
    seen = facts.of(image)
    if isinstance(seen, Unseen):
        return unseen(thing, seen, page)
    if seen is None:
        return wrong(thing, "ECR has no such image", "Push it, or correct the reference.", page)
    if (needs.task.os, needs.task.architecture) in seen.platforms:
        return fine(thing, f"it has a build for {wanted}", page)
    has = ", ".join(sorted("/".join(platform) for platform in seen.platforms)) or "no platform"
    remedy = f"Build it for {wanted}, or let the manifest's `architecture` name what there is."
    return wrong(thing, f"it has builds for {has}, and the task wants {wanted}", remedy, page)


def references(needs: Needs, facts: Facts) -> Iterator[Finding]:
    """Secrets and parameters exist. No value is ever read, so a JSON key is not looked for."""
    for each in needs.references:
        if isinstance(each.thing, Secret):
            yield _secret(each, each.thing, facts)
        else:
            yield _parameter(each, facts)


def _secret(needed: Reference, secret: Secret, facts: Facts) -> Finding:
    thing, page = f"secret {secret.name} ({needed.wanted_by})", pages.SECRETS
    seen = facts.of(secret)
    if isinstance(seen, Unseen):
        return unseen(thing, seen, page)
    if seen is None:
        return wrong(thing, "there is no such secret", "Create it, or correct the ARN in the manifest.", page)
    if seen.deleted:
        return wrong(thing, "it is about to be deleted", "Restore it, or name another in the manifest.", page)
    gap = _no_version(needed, seen)
    if gap is not None:
        return wrong(thing, gap, "Correct the version in the manifest, or put a value into the secret.", page)
    key = f"; whether its value has the key {needed.json_key} was not looked at" if needed.json_key else ""
    return fine(thing, f"it is there{key}", page)


def _no_version(needed: Reference, seen: SecretSeen) -> str | None:
    if needed.version is not None and needed.version not in seen.versions:
        return f"it has no version {needed.version}"
    stage = needed.stage or "AWSCURRENT"
    if needed.version is None and all(stage not in stages for stages in seen.versions.values()):
        return f"no version of it has the stage {stage}"
    return None


def _parameter(needed: Reference, facts: Facts) -> Finding:
    thing, remedy = (
        f"parameter {needed.thing.name} ({needed.wanted_by})",
        "Create it, or correct its name in the manifest.",
    )
    return there(thing, facts.of(needed.thing), "there is no such parameter", remedy, pages.PARAMETERS)


def files(needs: Needs, facts: Facts) -> Iterator[Finding]:
    remedy = "Upload it, or correct the ARN in the manifest."
    for file in needs.files:
        yield there(f"environment file {file.name}", facts.of(file), "S3 has no such object", remedy, pages.FILES)


def log_groups(needs: Needs, facts: Facts) -> Iterator[Finding]:
    """Pilotage makes the group of the service; another has to be there, or the task cannot start."""
    for group in needs.logs_to:
        thing, page = f"log group {group.name}", pages.LOGS
        if group not in needs.log_groups:
            yield fine(thing, "Pilotage makes it where it is missing, with the policy's retention", page)
            continue
        seen = facts.of(group)
        if isinstance(seen, Unseen):
            yield unseen(thing, seen, page)
        elif seen is None:
            yield wrong(
                thing, "there is none", 'Create it, or set the log option awslogs-create-group to "true".', page
            )
        elif seen.retention_days is None:
            yield fine(thing, "it is there, and keeps everything for ever", page)
        else:
            yield fine(thing, f"it is there, and keeps {seen.retention_days} days", page)


def file_systems(needs: Needs, facts: Facts) -> Iterator[Finding]:
    """A task reaches a file system through the mount target in its own zone."""
    zones = {seen.zone for seen in facts.has(needs.network.subnets)} if needs.network else set()
    for each in needs.file_systems:
        thing, page, seen = f"file system {each.name}", pages.EFS, facts.of(each)
        if isinstance(seen, Unseen):
            yield unseen(thing, seen, page)
        elif seen is None:
            yield wrong(thing, "EFS has no such file system", "Create it, or correct its id.", page)
        elif zones - seen.zones:
            bare = ", ".join(sorted(zones - seen.zones))
            remedy = "Create one in each zone of the policy's subnets."
            yield wrong(thing, f"it has no mount target in {bare}", remedy, page)
        else:
            yield fine(thing, "each zone of the subnets has a mount target", page)


def named(needs: Needs, facts: Facts) -> Iterator[Finding]:
    """Namespaces of Service Connect, and the queues that a service is scaled by."""
    for namespace in needs.namespaces:
        remedy = "Create it, or correct the policy's network.service_connect."
        seen = facts.of(namespace)
        yield there(
            f"namespace {namespace.name}", seen, "Cloud Map has no such namespace", remedy, pages.SERVICE_CONNECT
        )
    for queue in needs.queues:
        remedy = "Create it, or correct `scaling` in the manifest: nothing would ever scale."
        yield there(f"queue {queue.name}", facts.of(queue), "SQS has no such queue", remedy, pages.QUEUES)
