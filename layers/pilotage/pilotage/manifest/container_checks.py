"""What the schema cannot say of one container: contradictions, and what ECS does not take.

Sources: Amazon ECS API reference, ContainerDefinition, LinuxParameters, KernelCapabilities, Tmpfs; Developer Guide,
"Pass Secrets Manager secrets through Amazon ECS environment variables".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pilotage.credentials import looks_like_a_credential
from pilotage.manifest.ports import port_findings
from pilotage.manifest.units import cpu_units, mebibytes
from pilotage.schema import Finding, Hidden

_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,253}[A-Za-z0-9_])?")
_CAPABILITIES = frozenset(
    {
        *("ALL", "AUDIT_CONTROL", "AUDIT_WRITE", "BLOCK_SUSPEND", "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER"),
        *("FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD"),
        *("NET_ADMIN", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID"),
        *("SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO"),
        *("SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "SYSLOG", "WAKE_ALARM"),
    }
)
_TMPFS_OPTIONS = frozenset(
    {
        *("defaults", "ro", "rw", "suid", "nosuid", "dev", "nodev", "exec", "noexec", "sync", "async", "dirsync"),
        *("remount", "mand", "nomand", "atime", "noatime", "diratime", "nodiratime", "bind", "rbind", "unbindable"),
        *("runbindable", "private", "rprivate", "shared", "rshared", "slave", "rslave", "relatime", "norelatime"),
        *("strictatime", "nostrictatime", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol"),
    }
)


def container_findings(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """Of the container of the artifact, whose fields are the manifest's own, and of each sidecar."""
    yield from _container("", manifest)
    for name, said in sorted(manifest.get("sidecars", {}).items()):
        yield from _container(f"sidecars.{name}.", said)
        yield from _sidecar(f"sidecars.{name}.", said)


def _container(at: str, said: Mapping[str, Any]) -> Iterator[Finding]:
    """`at` is what the paths of its fields begin with."""
    for check in (_health_check, _variables, _secrets, _logging, _ulimits, _capabilities, _linux, _hosts):
        yield from check(at, said)


def _sidecar(at: str, said: Mapping[str, Any]) -> Iterator[Finding]:
    """What of the container of the artifact is looked at elsewhere, or lies with the image."""
    yield from port_findings(f"{at}ports", said.get("ports", ()))
    for field, read, unit in (("cpu", cpu_units, "CPU units"), ("memory", mebibytes, "MiB")):
        if field in said and not read(said[field]):
            yield Finding(f"{at}{field}", said[field], f"It has to come to a whole number of {unit}.")
    memory, kept = mebibytes(said.get("memory", "")), said.get("memory_reservation")
    if memory and kept is not None and memory <= kept:
        remedy = f"ECS wants `memory`, which is {memory} MiB, to be more than what is kept."
        yield Finding(f"{at}memory_reservation", kept, remedy)
    check = said.get("health_check")
    if isinstance(check, Mapping) and "command" not in check:
        yield Finding(f"{at}health_check.command", None, "It is missing: what its image says is not read.")
    yield from _mounts(at, said.get("mounts", {}))


def _health_check(at: str, said: Mapping[str, Any]) -> Iterator[Finding]:
    check = said.get("health_check")
    if isinstance(check, Mapping) and "command" in check and check["command"][0] not in ("CMD", "CMD-SHELL"):
        remedy = "It has to begin with CMD (run directly) or CMD-SHELL (by a shell)."
        yield Finding(f"{at}health_check.command", check["command"], remedy)


def _variables(at: str, said: Mapping[str, Any]) -> Iterator[Finding]:
    environment, secrets = said.get("environment", {}), said.get("secrets", {})
    for name in sorted(environment.keys() & secrets.keys()):
        yield Finding(f"{at}secrets.{name}", Hidden(), "It stands under environment as well: keep one.")
    for name, value in environment.items():
        if isinstance(value, str) and looks_like_a_credential(value):
            remedy = "It looks like a credential. Store it in Secrets Manager or SSM and name its ARN under secrets."
            yield Finding(f"{at}environment.{name}", Hidden(), remedy)


def _secrets(at: str, said: Mapping[str, Any]) -> Iterator[Finding]:
    for name, secret in said.get("secrets", {}).items():
        if isinstance(secret, Mapping) and secret.get("stage") and secret.get("version"):
            remedy = "A version is named by its stage or by its id: keep one."
            yield Finding(f"{at}secrets.{name}.version", secret["version"], remedy)


def _logging(at: str, said: Mapping[str, Any]) -> Iterator[Finding]:
    logging = said.get("logging", {})
    options, secrets = logging.get("options", {}), logging.get("secrets", {})
    for name in sorted(options.keys() & secrets.keys()):
        yield Finding(f"{at}logging.secrets.{name}", Hidden(), "It stands under options as well: keep one.")
    for name, value in sorted(options.items()):
        if looks_like_a_credential(value):
            remedy = "It looks like a credential. Store it in Secrets Manager or SSM and name its ARN under secrets."
            yield Finding(f"{at}logging.options.{name}", Hidden(), remedy)


def _ulimits(at: str, said: Mapping[str, Any]) -> Iterator[Finding]:
    for name, limit in sorted(said.get("ulimits", {}).items()):
        if isinstance(limit, Mapping) and 0 <= limit["hard"] < limit["soft"]:
            remedy = f"The hard limit, {limit['hard']}, has to be at least that."
            yield Finding(f"{at}ulimits.{name}.soft", limit["soft"], remedy)


def _capabilities(at: str, said: Mapping[str, Any]) -> Iterator[Finding]:
    linux = said.get("linux", {})
    for field in ("add", "drop"):
        for index, name in enumerate(linux.get(field, ())):
            if name not in _CAPABILITIES:
                yield Finding(f"{at}linux.{field}[{index}]", name, "ECS knows no such capability.")
    for name in sorted(set(linux.get("add", ())) & set(linux.get("drop", ()))):
        yield Finding(f"{at}linux.drop", name, "It stands under add as well: keep one.")


def _linux(at: str, said: Mapping[str, Any]) -> Iterator[Finding]:
    linux = said.get("linux", {})
    if "swappiness" in linux and "swap" not in linux:
        yield Finding(f"{at}linux.swappiness", linux["swappiness"], "ECS ignores it without `swap`: add that.")
    for index, tmpfs in enumerate(linux.get("tmpfs", ())):
        for option in tmpfs.get("options", ()):
            if option.partition("=")[0] not in _TMPFS_OPTIONS:
                yield Finding(f"{at}linux.tmpfs[{index}].options", option, "ECS knows no such mount option.")


def _hosts(at: str, said: Mapping[str, Any]) -> Iterator[Finding]:
    for name in sorted(said.get("hosts", {})):
        if not _HOST.fullmatch(name):
            yield Finding(f"{at}hosts", name, "It is no host name: letters, digits, `.`, `-` and `_`.")


def _mounts(at: str, mounts: Mapping[str, Any]) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for volume, where in sorted(mounts.items()):
        path = where if isinstance(where, str) else where["path"]
        if path in seen:
            yield Finding(f"{at}mounts.{volume}", path, f"The volume {seen[path]} is mounted there: keep one.")
        seen[path] = volume
