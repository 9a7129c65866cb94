"""Who sent a message: each scheme of signatures in a module of its own, over the raw bytes and nothing parsed.

    verify(body, headers, secrets, now) -> Signed     or Unsigned is raised, for whatever is not right
    sign(body, secret, now) -> headers                as the sender would

`headers` has lower-case names. HTTP APIs join headers that come twice with a comma (API Gateway, "Working with AWS
Lambda proxy integrations for HTTP APIs"), and no signed header of these schemes is right with one too many.
`secrets` are all that are valid now, the newest first: while a secret is rotated, two are.
"""

from __future__ import annotations

from pilotage.signatures.parts import Signed as Signed
