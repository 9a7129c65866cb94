"""Tasks that never came to run: the image, the secrets, the log, the network, the command.

Sources: "Amazon ECS stopped tasks error messages", "CannotPullContainer task errors in Amazon ECS", "Troubleshooting
Amazon ECS ResourceInitializationError errors" and "Troubleshooting Amazon ECS CannotStartContainerError errors", ECS
Developer Guide.
"""

from __future__ import annotations

from pilotage.diagnosis.finding import GUIDE, Likelihood, Rule

_PULL = f"{GUIDE}/task_cannot_pull_image.html"
_INITIAL = f"{GUIDE}/resource-initialization-error.html"
_START = f"{GUIDE}/cannot-start-container.html"
_CREATE = f"{GUIDE}/cannot-create-container.html"
_CODES = f"{GUIDE}/stopped-task-error-codes.html"
_NETWORK = r"i/o timeout|dial tcp|no such host|no route to host|connection refused|deadline exceeded|RequestCanceled"
_NO_NETWORK = rf"{_NETWORK}|net/http: request cancell?ed|Client\.Timeout|connection issue between the task and"
_DENIED = r"AccessDenied|not authorized to perform|403 Forbidden|pull access denied|no basic auth|unauthorized"
_ROUTE = (
    "Give the policy's subnets a way there: a NAT gateway, assign_public_ip in a public subnet, or VPC endpoints "
    "({endpoints}) whose security group lets the tasks in on 443; and let the tasks' security group out on 443."
)


def _pull(kind: str, pattern: str, sentence: str, remedy: str) -> Rule:
    return Rule(kind, rf"CannotPull\w*Error.*?(?:{pattern})", sentence, remedy, _PULL)


def _initial(kind: str, pattern: str, sentence: str, remedy: str) -> Rule:
    return Rule(kind, rf"ResourceInitializationError.*?(?:{pattern})", sentence, remedy, _INITIAL)


_IMAGE = (
    _pull(
        "image platform",
        r"does not contain descriptor matching platform|no matching manifest for|image operating system",
        "the image has no variant for the platform of the task",
        "Build the image for this platform, or say `architecture:` in the manifest as the image has it.",
    ),
    _pull(
        "image rate limit",
        r"toomanyrequests|429 Too Many|[Rr]ate exceeded|pull rate limit",
        "the registry limits how often images may be pulled",
        "Pull from ECR: a private repository, or a pull-through cache for images of others.",
    ),
    _pull(
        "image access",
        _DENIED,
        "the task may not pull its image",
        "Let the policy's execution role do ecr:BatchGetImage, ecr:GetDownloadUrlForLayer and"
        " ecr:GetAuthorizationToken; for a repository of another account, its repository policy, too.",
    ),
    _pull(
        "image route",
        _NO_NETWORK,
        "the task has no way to the registry",
        _ROUTE.format(endpoints="ecr.api, ecr.dkr and S3"),
    ),
    _pull(
        "image gone",
        r"manifest unknown|not found|does not exist|ImageNotFound|no such manifest",
        "the registry does not have the image any more",
        "Push it again. Should a lifecycle rule have deleted it, put a rule for the tags pilotage-* before it.",
    ),
    _pull(
        "image disk",
        r"no space left on device|failed to register layer",
        "the image does not fit the disk",
        "Ask for more `ephemeral_storage:`, make the image smaller, or give the instances a larger volume.",
    ),
    _pull("image pull", r"", "the image could not be pulled", "Read ECS's own words, and compare them with the page."),
)
_RESOURCES = (
    _initial(
        "log group",
        r"logger args|log group does not exist|CreateLogStream|create Cloudwatch log",
        "the task cannot write to its log",
        "The log group has to exist, and the execution role needs logs:CreateLogStream and logs:PutLogEvents.",
    ),
    _initial(
        "secret key",
        r"did not contain json key",
        "the secret has no such JSON key",
        "Correct the key behind the secret's ARN in the manifest, or put the key into the secret.",
    ),
    _initial(
        "registry access",
        rf"pull registry auth from.*?(?:{_DENIED})",
        "the task may not ask the registry for a login",
        "Let the policy's execution role do ecr:GetAuthorizationToken.",
    ),
    _initial(
        "secret access",
        rf"(?=.*secret|.*ssm|.*asm)(?:.*?)(?:{_DENIED})",
        "the task may not read its secrets",
        "Let the policy's execution role do secretsmanager:GetSecretValue or ssm:GetParameters on them, and kms:Decrypt"
        " on their key.",
    ),
    _initial(
        "secret gone",
        r"ResourceNotFoundException|can't find the specified secret|invalid ssm parameters|ParameterNotFound",
        "a secret that the task asks for does not exist",
        "Create it, or correct its ARN in the manifest; the Region is a part of it.",
    ),
    _initial(
        "secret route",
        _NO_NETWORK,
        "the task has no way to Secrets Manager, Parameter Store or ECR",
        _ROUTE.format(endpoints="secretsmanager, ssm, ecr.api and ecr.dkr"),
    ),
    _initial(
        "file system",
        r"EFS|mount\.nfs|volume",
        "a file system could not be mounted",
        "Its mount targets have to be in the tasks' availability zones, and their security group has to let 2049 in.",
    ),
    _initial("resources", r"", "what the task needs could not be set up", "Read ECS's own words, and the page."),
)
_COMMAND = (
    Rule(
        "command missing",
        r"executable file not found|exec.*no such file or directory",
        "the command of {container} is not in the image",
        "Correct `command:` or `entrypoint:`; a script also needs its interpreter, and line ends without \\r.",
        _START,
    ),
    Rule(
        "command format",
        r"exec format error",
        "the command of {container} is made for another processor",
        "Build the image for this platform, or say `architecture:` in the manifest as the image has it.",
        _START,
    ),
    Rule(
        "command denied",
        r"Cannot(?:Start|Create)ContainerError.*permission denied",
        "the command of {container} may not be executed",
        "Set its executable bit in the Dockerfile (COPY --chmod=755), and let the image's user read it.",
        _START,
    ),
    Rule("start", r"CannotStartContainerError", "{container} could not be started", "Read ECS's own words.", _START),
    Rule("create", r"CannotCreateContainerError", "{container} could not be made", "Read ECS's own words.", _CREATE),
    Rule(
        "engine timeout",
        r"DockerTimeoutError",
        "{container} did not start or stop within the engine's time",
        "On EC2 the instance is overloaded, most often its disk: look at its CPU credits and its I/O.",
        f"{GUIDE}/docker-timeout-error.html",
    ),
)
_HOST = (
    Rule(
        "addresses",
        r"InsufficientFreeAddresses|not have enough free addresses|enough available IP addresses",
        "a subnet has no free addresses",
        "Name larger subnets, or more of them, in the policy's network.",
        _CODES,
    ),
    Rule(
        "network interface",
        r"[Nn]etwork [Ii]nterface",
        "the task got no network interface",
        "It is tried again. When it stays, look at the quota of network interfaces and at the subnets' addresses.",
        _CODES,
        Likelihood.LIKELY,
    ),
    Rule(
        "spot interruption",
        r"[Ss]pot (?:[Tt]ask was interrupted|[Ii]nterruption|took its capacity back)|SpotInterruption",
        "Spot took the capacity back",
        "Keep some tasks on demand (policy: capacity.spot_base), or leave Spot for this service.",
        f"{GUIDE}/fargate-capacity-providers.html",
        Likelihood.LIKELY,
    ),
    Rule(
        "instance gone",
        r"Host EC2|instance was (?:terminated|unhealthy)|TerminationNotice|InfrastructureHealth",
        "the instance under the task went away",
        "ECS starts the task elsewhere. When it repeats, look at the auto scaling group's activity.",
        _CODES,
        Likelihood.LIKELY,
    ),
    Rule(
        "stopped by hand",
        r"somebody stopped the task|Task stopped by user",
        "somebody stopped the task",
        "CloudTrail says who called ecs:StopTask.",
        _CODES,
        Likelihood.POSSIBLE,
    ),
)
STARTS = (*_RESOURCES, *_IMAGE, *_COMMAND, *_HOST)
