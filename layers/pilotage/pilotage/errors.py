"""Every error that Pilotage raises, in three families that the state machine tells apart by class name.

`BadInput` and its children are final: somebody has to change something, and the sentence says what.
`Transient` is worth another try: the state machine retries these, and only these, by name.
`Conflict` means that the world moved under a release: it is not retried, and the outcome names it.
"""

from __future__ import annotations


class PilotageError(Exception):
    """The root. `str(error)` is one sentence for people: the thing, the value, the remedy."""


class BadInput(PilotageError):
    """Something that people wrote is wrong. `thing` names it, `value` is what stood there ("" where nothing
    did), `remedy` what to do.
    """

    def __init__(self, thing: str, value: object, remedy: str) -> None:
        self.thing, self.value, self.remedy = thing, value, remedy
        super().__init__(f"{thing} is missing. {remedy}" if value == "" else f"{thing}: {shown(value)}. {remedy}")

    def __reduce__(self) -> tuple[type[BadInput], tuple[str, object, str]]:
        return type(self), (self.thing, self.value, self.remedy)


class BadEvent(BadInput):
    """An event that is not what its source documents."""


class BadImage(BadInput):
    """An image that cannot be read or cannot run."""


class BadTags(BadInput):
    """A repository tag with a value that Pilotage does not know."""


class BadManifest(BadInput):
    """A manifest that breaks its schema."""


class BadPolicy(BadInput):
    """A policy document that breaks its schema, or an environment that has none."""


class BadSettings(BadInput):
    """An environment variable that is missing or malformed."""


class BadRequest(BadInput):
    """A release request, a command line or a plan reference that cannot be honoured."""


class BadDefinition(BadInput):
    """A rendered definition that botocore's model of ECS or Scheduler does not accept."""


class Refused(BadInput):
    """The policy does not allow what the workload asks for."""


class Transient(PilotageError):
    """Worth another try."""


class Throttled(Transient):
    """AWS asked us to slow down."""


class Unavailable(Transient):
    """AWS did not answer, or answered with a server error."""


class Conflict(PilotageError):
    """The world moved under a release."""


class NotYourTurn(Transient):
    """A turn at a token bucket that all releases share has not come yet: the state machine tries again later."""


class MigrationFailed(Conflict):
    """A migration before a rollout failed: nothing of the service was touched."""


class NoCapacity(Conflict):
    """There is nowhere to run a task."""


class LeaseLost(Conflict):
    """The lease of this service belongs to another execution."""


class NotApproved(Conflict):
    """The plan needs people's approval and does not have it: nothing was written."""


class PlanMissing(Conflict):
    """The plan that was confirmed cannot be found under its hash."""


class ForeignWrite(Conflict):
    """Somebody else changed the service between our plan and our write: nothing of ours was written."""


class Overwritten(Conflict):
    """Somebody else changed the service in the moment of our write: both may have happened."""


class Unsigned(PilotageError):
    """A message that nobody we know has signed, or not in this way. Sentence and kind are for the log and the metric:
    who sent it is told neither. `kind` is one of missing, malformed, late, mismatch, no_secret, sender.
    """

    def __init__(self, kind: str, sentence: str) -> None:
        self.kind, self.sentence = kind, sentence
        super().__init__(kind, sentence)

    def __str__(self) -> str:
        return self.sentence


class NotFound(PilotageError):
    """A thing that was looked for by name does not exist."""


class AccessDenied(PilotageError):
    """IAM said no: the remedy is in the stack or in the policy, not in another try."""


def shown(value: object) -> str:
    """One line that shows a value and does nothing else: control characters, terminal escapes and text directions are
    escaped, and so is what chats and web pages read as markup. At most 120 characters.
    """
    text = ascii(value)
    for character in "<>&`":
        text = text.replace(character, f"\\x{ord(character):02x}")
    return text if len(text) <= 120 else f"{text[:117]}..."  # noqa: PLR2004 - one line of a terminal
