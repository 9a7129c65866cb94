"""The port Replies at GitHub: a comment below the one that asked, on an issue or a pull request.

docs.github.com, REST API, "Create an issue comment": pull requests are issues there; the App needs Issues, read and
write. Texts of others stand in code spans, where GitHub knows no mention, reference, link or markup ("Mentioning people
and teams": not in code).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pilotage.card.text import few, tidy
from pilotage.chat.github_app import ISSUES
from pilotage.errors import BadRequest, Unavailable

if TYPE_CHECKING:
    from pilotage.chat.github_app import GitHubApp

_LINES, _LINE = 40, 600  # lines, and characters of one
_COMMENTS = re.compile(
    r"/repos/(?P<repository>[A-Za-z0-9_-]{1,100}/[A-Za-z0-9._-]{1,100})(?P<path>/issues/\d{1,12}/comments)"
)
_TICKS = re.compile(r"`+")


class GitHubReplies:
    """`api` is the base URL that the App speaks to. Raises what `GitHubApp.call` raises."""

    def __init__(self, app: GitHubApp, api: str) -> None:
        self._app, self._api = app, api.rstrip("/")

    def post(self, thread: str, text: str) -> str:
        """`thread` is the `comments_url` of the issue. Of another host than ours it is refused: BadRequest."""
        found = _COMMENTS.fullmatch(thread.removeprefix(self._api))
        if found is None or not thread.startswith(self._api):
            raise BadRequest("comments_url of GitHub", thread, f"It is no issue of {self._api}.")
        body = {"body": comment(text)}
        given = self._app.call("POST", found["repository"], found["path"], body, right=ISSUES)
        if not isinstance(given.get("id"), int):
            raise Unavailable(f"GitHub, comments of {found['repository']}: the answer has no id")
        return str(given["id"])


def comment(text: str) -> str:
    """Markdown: each line a code span, and two spaces before each end of a line, which is then one."""
    lines = few((line for line in text.splitlines() if line.strip()), _LINES)
    return "  \n".join(_span(tidy(line, _LINE)) for line in lines)


def _span(line: str) -> str:
    """CommonMark, "Code spans": its fence is longer than any run of backticks inside, and spaces keep the two apart."""
    fence = "`" * (max(map(len, _TICKS.findall(line)), default=0) + 1)
    return f"{fence} {line} {fence}"
