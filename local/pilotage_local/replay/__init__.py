"""Recordings of real ECS, played to the embedded one.

`recording` is the file. `player` feeds its requests into the ECS model, with tasks that live as the recorded ones did
(`lives`). `course` brings both to a normal form, `measures` takes the durations, `compare` names the differences, each
with the claim (`claims`) that it contradicts. `docs/fidelity.md` lists the claims.
"""

from pilotage_local.replay.compare import Difference, Findings, replay
from pilotage_local.replay.recording import Recording, read

__all__ = ["Difference", "Findings", "Recording", "read", "replay"]
