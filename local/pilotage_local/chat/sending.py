"""Signs a request as Slack does and sends it to the application, which has three seconds to answer.

https://docs.slack.dev/authentication/verifying-requests-from-slack. Slack sends an interaction or a command once: only
its Events API tries again (https://docs.slack.dev/apis/events-api#retries), and this chat has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

import urllib3
from slack_sdk.signature import SignatureVerifier

SECONDS = 3.0
_ANSWER_LIMIT = 1_000_000  # bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """`failure`: Slack's word for it, empty when the application said 200."""

    failure: str
    body: str = ""
    content_type: str = ""


def headers(signing_secret: str, body: str, now: float) -> dict[str, str]:
    timestamp = str(int(now))
    signature = SignatureVerifier(signing_secret).generate_signature(timestamp=timestamp, body=body)
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": str(signature),
    }


def send(url: str, body: str, signing_secret: str, now: float) -> Answered:
    """Blocks until it is answered, three seconds at most."""
    limit = urllib3.Timeout(total=SECONDS)
    with urllib3.PoolManager(retries=False, timeout=limit) as pool:
        try:
            answer = pool.request(
                "POST", url, body=body.encode(), headers=headers(signing_secret, body, now), redirect=False
            )
        except urllib3.exceptions.TimeoutError:
            return Answered("operation_timeout")
        except urllib3.exceptions.HTTPError:
            return Answered("dispatch_failed")
    if answer.status != HTTPStatus.OK:
        return Answered(f"http_status_{answer.status}")
    return Answered("", answer.data[:_ANSWER_LIMIT].decode(errors="replace"), answer.headers.get("Content-Type", ""))
