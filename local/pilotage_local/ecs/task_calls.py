"""Tasks (API reference: RunTask, StopTask, ListTasks, DescribeTasks)."""

from __future__ import annotations

from pilotage_local.ecs import capacity, launches, placement
from pilotage_local.ecs.errors import EcsError, invalid
from pilotage_local.ecs.names import last_part
from pilotage_local.ecs.state import Cluster, Definition, Document, Task
from pilotage_local.ecs.tags import read_tags
from pilotage_local.ecs.task_views import task_view
from pilotage_local.ecs.tasks import StopCode, TaskSpec
from pilotage_local.ecs.world import World, page

MOST_RUN = 10
MOST_DESCRIBED = 100


def run_task(world: World, request: Document) -> Document:
    cluster = world.cluster(request)
    begun = _begun(world, cluster, request)
    if begun:
        return {"tasks": [task_view(task) for task in begun], "failures": []}
    definition = world.runnable_definition(str(request["taskDefinition"]))
    count = int(request.get("count", 1))
    if not 0 < count <= MOST_RUN:
        raise invalid(f"count must be between 1 and {MOST_RUN}.")
    if definition.body.get("networkMode") == "awsvpc" and not request.get("networkConfiguration"):
        raise invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    settings = placement.resolve(world, cluster, request)
    tasks: list[Task] = []
    failures: list[Document] = []
    for _ in range(count):
        peers = [task.provider for task in tasks]
        refusal = capacity.refusal_of(world, cluster.arn, "", settings, peers, definition.body)
        if refusal is not None:
            failures.append(_failure(world, refusal.reason))
            continue
        task = _task(world, cluster, definition, request, {**settings, "peers": peers})
        tasks.append(launches.launch(world, task))
    if request.get("clientToken"):
        world.run_tokens[cluster.arn, str(request["clientToken"])] = (request, [task.id for task in tasks])
    return {"tasks": [task_view(task) for task in tasks], "failures": failures}


def _failure(world: World, reason: str) -> Document:
    """Fargate gives a sentence, a container instance `RESOURCE:*` (developer guide, API failure reasons)."""
    if reason == "RESOURCE:FARGATE":
        return {"reason": capacity.NO_FARGATE}
    return {"arn": world.names.arn("container-instance/none"), "reason": reason}


def _begun(world: World, cluster: Cluster, request: Document) -> list[Task]:
    """What the same token began in this cluster. A token lives as long as its task and an hour more ("Ensuring
    idempotency", API reference), which is as long as a stopped task is known; its limit of a day is left out.
    """
    before, identities = world.run_tokens.get((cluster.arn, str(request.get("clientToken"))), ({}, []))
    tasks = [world.tasks[identity] for identity in identities if identity in world.tasks]
    if tasks and before != request:
        raise EcsError("ConflictException", "The clientToken is already in use with a different RunTask request.")
    return tasks


def _task(world: World, cluster: Cluster, definition: Definition, request: Document, where: Document) -> Task:
    identity = world.names.task_id()
    spec = TaskSpec(
        task_id=identity,
        arn=world.names.arn(f"task/{cluster.name}/{identity}"),
        cluster=cluster.arn,
        family=definition.family,
        group=str(request.get("group") or f"family:{definition.family}"),
        definition=definition.described(),
        overrides=request.get("overrides") or {},
        network=request.get("networkConfiguration") or {},
        checked=launches.has_health_check(definition.body),
    )
    propagated = definition.tags if request.get("propagateTags") == "TASK_DEFINITION" else {}
    return Task(
        spec=spec,
        definition=definition,
        created_at=world.now(),
        started_by=str(request.get("startedBy") or ""),
        launch_type=placement.launch_type(world, where, where["peers"]),
        provider=placement.next_provider(where, where["peers"]),
        settings=launches.task_settings(request),
        tags={**propagated, **read_tags(request)},
    )


def stop_task(world: World, request: Document) -> Document:
    """A service replaces a task that a user stopped; it is no failure of the deployment."""
    cluster = world.cluster(request)
    task = world.tasks.get(last_part(str(request["task"])))
    if task is None or task.spec.cluster != cluster.arn:
        raise invalid("The referenced task was not found.")
    if task.desired != "STOPPED":
        launches.stop_task(world, task, StopCode.USER, str(request.get("reason") or "Task stopped by user"))
    return {"task": task_view(task)}


def list_tasks(world: World, request: Document) -> Document:
    """Those whose desired status is RUNNING, unless STOPPED is asked for."""
    cluster = world.cluster(request)
    wanted = {
        "spec.cluster": cluster.arn,
        "desired": request.get("desiredStatus", "RUNNING"),
        "spec.family": request.get("family"),
        "started_by": request.get("startedBy"),
        "launch_type": request.get("launchType"),
    }
    if request.get("serviceName"):
        service = world.service({**request, "service": request["serviceName"]})
        wanted["spec.group"] = f"service:{service.name}"
    arns = [task.arn for task in world.tasks.values() if _matches(task, wanted)]
    arns, token = page(arns, request)
    return {"taskArns": arns, **({"nextToken": token} if token else {})}


def _matches(task: Task, wanted: Document) -> bool:
    facts = {
        "spec.cluster": task.spec.cluster,
        "spec.family": task.spec.family,
        "spec.group": task.spec.group,
        "desired": task.desired,
        "started_by": task.started_by,
        "launch_type": task.launch_type,
    }
    return all(value is None or facts[key] == value for key, value in wanted.items())


def describe_tasks(world: World, request: Document) -> Document:
    """Stopped tasks are known for an hour; afterwards they are MISSING like any other."""
    cluster = world.cluster(request)
    asked = [str(task) for task in request["tasks"]]
    if not 0 < len(asked) <= MOST_DESCRIBED:
        raise invalid(f"Between 1 and {MOST_DESCRIBED} tasks can be described at once.")
    views, failures = [], []
    for reference in asked:
        task = world.tasks.get(last_part(reference))
        if task is None or task.spec.cluster != cluster.arn:
            arn = world.names.arn(f"task/{cluster.name}/{last_part(reference)}")
            failures.append({"arn": arn, "reason": "MISSING"})
            continue
        view = task_view(task)
        if "TAGS" not in request.get("include", ()):
            del view["tags"]
        views.append(view)
    return {"tasks": views, "failures": failures}
