"""From a folder with a Dockerfile to an image in a registry that says for itself what it wants to be.

options     What was asked for, and what came of it.
units       Which folders become which repositories (`--all`: the folder itself and every subfolder with a manifest).
source      The commit that a folder was built from, as git knows it.
manifest    `pilotage.yaml`, read with suspicion and checked against its schema.
labels      What the image says about itself: the manifest, the commit, its author.
engine      `docker build` and `docker push`.
dockerfile, context, oci
            The same without an engine, for the instructions that need none: a Dockerfile becomes a recipe, the recipe
            and its files become an image, byte for byte the same from the same input.
registry    The registry protocol: push what was made, and read back the digest that the registry knows.
steps       The order of all this.
hook        A git hook that does it on `git push`.
"""

from pilotage_cli.build.options import BuildOptions, Built, Engine
from pilotage_cli.build.steps import build

__all__ = ["BuildOptions", "Built", "Engine", "build"]
