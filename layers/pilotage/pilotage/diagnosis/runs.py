"""Containers that ran and ended, or that nobody found healthy; and what their logs say.

Sources: "Amazon ECS stopped tasks error messages" (exit codes, OutOfMemoryError), "Determine Amazon ECS task health
using container health checks" and "Troubleshoot service load balancers in Amazon ECS", ECS Developer Guide. Codes above
128 are 128 and the number of the signal (POSIX shells, and container engines like them); 126 and 127: POSIX, Shell
Command Language, "Exit Status for Commands".
"""

from __future__ import annotations

from pilotage.diagnosis.finding import GUIDE, Likelihood, Rule

_CODES = f"{GUIDE}/stopped-task-error-codes.html"
_MEMORY = f"{GUIDE}/out-of-memory.html"
_CHECK = f"{GUIDE}/healthcheck.html"
_BALANCER = f"{GUIDE}/troubleshoot-service-load-balancers.html"
_EXITED = r"exited with code {}\b"


def _exit(code: str, kind: str, sentence: str, remedy: str, likelihood: Likelihood = Likelihood.LIKELY) -> Rule:
    return Rule(kind, _EXITED.format(code), sentence, remedy, _CODES, likelihood)


RUNS = (
    Rule(
        "out of memory",
        r"OutOfMemoryError",
        "{container} used more memory than it has, and was killed (137, SIGKILL)",
        "Raise `memory:` in the manifest, or make it use less: a runtime often takes the host's memory for its own.",
        _MEMORY,
    ),
    Rule(
        "container health check",
        r"failed container health checks",
        "its own health check found {container} unhealthy",
        "Run the check in the container. A slow start needs a longer start period; and the image needs the program that"
        " the check calls.",
        _CHECK,
    ),
    Rule(
        "target group health check",
        r"failed ELB health checks in \(target-group (?:\S*targetgroup/)?(?P<group>[^/) ]+)",
        "the health check of target group {group} failed",
        "Path, port and expected codes of its health check have to be the service's; the tasks' security group has to"
        " let the load balancer in; a slow start needs a longer `health_grace_period`.",
        _BALANCER,
    ),
    Rule(
        "target group health check",
        r"failed ELB health checks|is unhealthy in \(?(?:target-group|elb)",
        "the load balancer's health check failed",
        "Path, port and expected codes of the health check have to be the service's, and the tasks' security group has"
        " to let the load balancer in.",
        _BALANCER,
    ),
    _exit(
        "0",
        "exited",
        "{container} ended by itself, with code 0",
        "A service must not end: run the program in the foreground, or release it as a task or with a schedule.",
    ),
    _exit(
        "1",
        "application error",
        "{container} ended with an error of its own (1)",
        "Its log says more.",
        Likelihood.POSSIBLE,
    ),
    _exit(
        "126",
        "not executable",
        "the command of {container} cannot be executed (126)",
        "Set its executable bit in the Dockerfile (COPY --chmod=755), and let the image's user read it.",
    ),
    _exit(
        "127",
        "command not found",
        "the command of {container} is not in the image (127)",
        "Correct `command:` or `entrypoint:`, or the PATH of the image.",
    ),
    _exit(
        "13[24]|135",
        "aborted",
        "{container} ended itself on an internal error (a signal)",
        "Its log says more; the image may be made for another processor.",
    ),
    _exit(
        "137",
        "killed",
        "{container} was killed (137, SIGKILL), and not for its memory as far as ECS says",
        "When ECS stopped it, it did not end within `stop_timeout` after SIGTERM: handle SIGTERM. Otherwise the host"
        " ran out of memory, or something in the container killed it.",
        Likelihood.POSSIBLE,
    ),
    _exit(
        "139",
        "segmentation fault",
        "{container} touched memory that is not its own (139, SIGSEGV)",
        "A native library is broken or made for another processor or libc: try the image where it was built.",
    ),
    _exit(
        "143",
        "terminated",
        "{container} was told to end (143, SIGTERM) and did",
        "Whoever stopped it is the reason: a health check, a person or a smaller count.",
        Likelihood.POSSIBLE,
    ),
    _exit(
        "255",
        "application error",
        "{container} ended with an error of its own (255)",
        "Its log says more; `exec format error` there means that the image is made for another processor.",
        Likelihood.POSSIBLE,
    ),
    _exit(
        r"(?P<code>\d+)",
        "application error",
        "{container} ended with an error of its own ({code})",
        "Its log says more.",
        Likelihood.POSSIBLE,
    ),
)

# What a container's last lines give away. They are whatever it printed: a hint, never a certainty.
LOGS = (
    Rule("command format", r"exec format error", "the image is made for another processor",
         "Build it for this platform, or say `architecture:` in the manifest as the image has it.", _CODES,
         Likelihood.LIKELY),
    Rule("out of memory", r"heap out of memory|java\.lang\.OutOfMemoryError|\bMemoryError\b|cannot allocate memory",
         "it ran out of memory by its own account", "Raise `memory:`, or the runtime's own limit.", _MEMORY,
         Likelihood.LIKELY),
    Rule("port taken", r"[Aa]ddress already in use|EADDRINUSE", "its port is taken already",
         "Two processes, or two containers of one task, listen on one port.", _CODES, Likelihood.LIKELY),
    Rule("port denied", r"bind.*[Pp]ermission denied|EACCES.*listen|listen.*EACCES",
         "it may not listen on its port", "A port below 1024 needs root: listen on 8080.", _CODES, Likelihood.LIKELY),
    Rule("dependency unreachable", r"ECONNREFUSED|[Cc]onnection refused|[Cc]ould not connect to|ETIMEDOUT",
         "something that it needs did not answer",
         "Look at the address that it calls, and whether security groups let the tasks reach it.", _CODES,
         Likelihood.POSSIBLE),
    Rule("setting missing", r"KeyError: '(?P<name>[A-Z][A-Z0-9_]+)'|(?:missing|required).{0,40}env\w*",
         "it misses a setting by its own account", "Put it into `environment:` or `secrets:` of the manifest.", _CODES,
         Likelihood.LIKELY),
)  # fmt: skip
