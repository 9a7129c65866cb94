"""OCI images of a few hundred bytes, made by hand and pushed by plain HTTP: no Docker is needed to make one, and an
engine can run them. Each holds two programs, `/wait` (for ever) and `/end` (at once, with code 7), in machine code.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import platform
import struct
import tarfile
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
ENDS_WITH = 7

# `/wait`: pause(2) or ppoll(2) in a loop; `/end`: exit(2).
_CODE = {
    "amd64": (62, bytes.fromhex("b8220000000f05ebf7"), bytes.fromhex("bf07000000b83c0000000f05")),
    "arm64": (
        183,
        bytes.fromhex("000080d2010080d2020080d2030080d2280980d2010000d4faffff17"),
        bytes.fromhex("e00080d2a80b80d2010000d4"),
    ),
}


@dataclass(frozen=True)
class Image:
    """`blobs` by digest: the config and the one layer."""

    manifest: bytes
    blobs: Mapping[str, bytes] = field(repr=False)
    media_type: str = MANIFEST

    @property
    def digest(self) -> str:
        return digest_of(self.manifest)

    def descriptor(self, **more: Any) -> dict[str, Any]:
        return {"mediaType": self.media_type, "digest": self.digest, "size": len(self.manifest), **more}


def image(
    command: Sequence[str] = ("/wait",),
    environment: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Image:
    machine = architecture()
    layer = _layer(machine)
    config = {
        "architecture": machine,
        "os": "linux",
        "config": {
            "Cmd": list(command),
            "Env": [f"{name}={value}" for name, value in (environment or {}).items()],
            "Labels": dict(labels or {}),
        },
        "rootfs": {"type": "layers", "diff_ids": [digest_of(gzip.decompress(layer))]},
    }
    written = json.dumps(config).encode()
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "digest": digest_of(written), "size": len(written)},
        "layers": [{"mediaType": LAYER, "digest": digest_of(layer), "size": len(layer)}],
    }
    return Image(json.dumps(manifest).encode(), {digest_of(written): written, digest_of(layer): layer})


def index(*images: Image) -> Image:
    entries = [one.descriptor(platform={"os": "linux", "architecture": architecture()}) for one in images]
    return Image(json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode(), {}, INDEX)


def push(endpoint: str, repository: str, pushed: Image, reference: str) -> str:
    """By the registry protocol (OCI distribution specification, "Pushing blobs", "Pushing manifests"); its digest."""
    for digest, blob in pushed.blobs.items():
        with _send("POST", f"{endpoint}/v2/{repository}/blobs/uploads/") as answer:
            upload = answer.headers["Location"]
        _send("PUT", f"{endpoint}{upload}?digest={digest}", blob).close()
    _send("PUT", f"{endpoint}/v2/{repository}/manifests/{reference}", pushed.manifest, pushed.media_type).close()
    return pushed.digest


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def architecture() -> str:
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


def _layer(machine: str) -> bytes:
    number, wait, end = _CODE[machine]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, code in (("wait", wait), ("end", end)):
            entry = tarfile.TarInfo(name)
            program = _program(number, code)
            entry.size, entry.mode = len(program), 0o755
            archive.addfile(entry, io.BytesIO(program))
    return gzip.compress(packed.getvalue(), mtime=0)


def _program(machine: int, code: bytes) -> bytes:
    """An ELF file of one segment (ELF-64 object file format): headers, then the code."""
    base, header, segment = 0x400000, 64, 56
    start = header + segment
    size = start + len(code)
    elf = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    elf += struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, base + start, header, 0, 0, header, segment, 1, 0, 0, 0)
    return elf + struct.pack("<IIQQQQQQ", 1, 5, 0, base, base, size, size, 0x10000) + code


def _send(method: str, url: str, body: bytes = b"", content_type: str = "application/octet-stream") -> Any:
    request = urllib.request.Request(url, data=body, method=method, headers={"Content-Type": content_type})  # noqa: S310
    return urllib.request.urlopen(request, timeout=10)  # noqa: S310 - the loopback address of the test's own server
