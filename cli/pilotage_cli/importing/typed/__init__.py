"""As much of a manifest as its typed fields can say. What they cannot is left to `overrides`: see `residue`."""
