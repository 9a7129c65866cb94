"""What an ECR event means: a push that may be released, or one to leave alone, with a reason people can read."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pilotage.errors import BadEvent
from pilotage.push import Ignored, IgnoredPush, Push, read_push

DIGEST = "sha256:" + "ab" * 32
SAMPLE = Path(__file__).parents[1] / "data" / "events" / "ecr-image-push-event.json"


def event(**detail: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "13cde686-328b-6117-af20-0e5566167482",
        "detail-type": "ECR Image Action",
        "source": "aws.ecr",
        "account": "123456789012",
        "time": "2026-11-16T01:54:34Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": {
            "result": "SUCCESS",
            "repository-name": "team/cats",
            "image-digest": DIGEST,
            "action-type": "PUSH",
            "image-tag": "v1",
        }
        | detail,
    }


def without(key: str) -> dict[str, Any]:
    pushed = event()
    del pushed["detail"][key]
    return pushed


@pytest.mark.parametrize(
    "pushed",
    [
        event(),
        event(
            **{
                "manifest-media-type": "application/vnd.oci.image.index.v1+json",
                "artifact-media-type": "application/vnd.oci.image.config.v1+json",
            }
        ),
    ],
    ids=["the older shape", "the shape with media types"],
)
def test_a_tagged_push_is_read_in_both_shapes_that_ecr_sends(pushed: dict[str, Any]) -> None:
    """Accounts get either shape; a team's push must go in both."""
    assert read_push(pushed) == Push(
        account="123456789012",
        region="eu-west-1",
        repository="team/cats",
        digest=DIGEST,
        tag="v1",
        pushed_at=datetime(2026, 11, 16, 1, 54, 34, tzinfo=UTC),
        event_id="13cde686-328b-6117-af20-0e5566167482",
    )


@pytest.mark.parametrize(
    ("pushed", "why"),
    [
        (event(**{"action-type": "DELETE"}), Ignored.NOT_A_PUSH),
        (event(result="FAILURE"), Ignored.FAILED),
        (without("image-tag"), Ignored.UNTAGGED),
        (event(**{"image-tag": ""}), Ignored.UNTAGGED),
        (event(**{"image-tag": "pilotage-prod-cats-7"}), Ignored.OWN_TAG),
        (event(**{"image-tag": f"sha256-{'ab' * 32}.sig"}), Ignored.NOT_RUNNABLE),
        (event(**{"image-tag": f"sha256-{'ab' * 32}.att"}), Ignored.NOT_RUNNABLE),
        (event(**{"image-tag": f"sha256-{'ab' * 32}"}), Ignored.NOT_RUNNABLE),
    ],
)
def test_what_is_no_release_is_left_alone_with_its_reason(pushed: dict[str, Any], why: Ignored) -> None:
    """Platforms, signatures and Pilotage's own tags come as pushes too: none of them may start a release (case 3)."""
    ignored = read_push(pushed)
    assert isinstance(ignored, IgnoredPush)
    assert ignored.why is why
    assert "team/cats" in ignored.sentence


def test_the_sample_of_the_documentation_is_refused_in_one_sentence() -> None:
    """Its digest is too short to be one: an operator who tries it must be told so, not shown a traceback."""
    with pytest.raises(BadEvent, match=r"image-digest.*64 hex digits"):
        read_push(json.loads(SAMPLE.read_text()))


@pytest.mark.parametrize("key", ["account", "region", "time", "id"])
def test_a_missing_field_is_named(key: str) -> None:
    """A malformed event lands in the dead-letter queue; whoever looks there needs the field's name."""
    broken = event()
    del broken[key]
    with pytest.raises(BadEvent, match=key):
        read_push(broken)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_document_whatever_breaks_the_reader(detail: Any) -> None:
    """Whatever reaches the function, the answer is a push, a reason or one clear error."""
    whatever = event() | {"detail": detail}
    with contextlib.suppress(BadEvent):
        assert isinstance(read_push(whatever), (Push, IgnoredPush))
