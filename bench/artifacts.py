"""What is uploaded, as `sam build` left it: sizes of the functions and of the layer."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from rows import Row

GROUP = "Artifacts, as sam build makes them"


def measure(built: Path) -> list[Row]:
    """`built`: the build directory of SAM."""
    functions = sorted(path for path in built.iterdir() if path.name.endswith("Function"))
    sizes = {path.name: _zipped(path) / 1024 for path in functions}
    rows = [Row(GROUP, f"{len(sizes)} functions, zip", sum(sizes.values()), "KiB", note="together", details=sizes)]
    layer = built / "PilotageLayer"
    bytecode = sorted({path.suffixes[-2].removeprefix(".") for path in layer.rglob("*.pyc") if len(path.suffixes) > 1})
    note = f"bytecode for {', '.join(bytecode)}" if bytecode else "without bytecode: no Python of the runtime was found"
    rows.append(Row(GROUP, "layer, zip", _zipped(layer) / 1024, "KiB", note=note))
    rows.append(Row(GROUP, "layer, unzipped", sum(path.stat().st_size for path in _files(layer)) / 1024, "KiB"))
    return rows


def _zipped(folder: Path) -> int:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _files(folder):
            archive.write(path, path.relative_to(folder))
    return packed.getbuffer().nbytes


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
