"""The short names of emoji that a deployer's messages use. One that is not listed stays as it was written."""

from __future__ import annotations

import re

_NAMES = {
    "alarm_clock": "⏰",
    "anchor": "⚓",
    "arrow_down": "⬇️",
    "arrow_right": "➡️",
    "arrow_up": "⬆️",
    "arrows_counterclockwise": "🔄",
    "ballot_box_with_check": "☑️",
    "bell": "🔔",
    "bust_in_silhouette": "👤",
    "calendar": "📆",
    "chart_with_upwards_trend": "📈",
    "clipboard": "📋",
    "closed_lock_with_key": "🔐",
    "compass": "🧭",
    "construction": "🚧",
    "eyes": "👀",
    "fast_forward": "⏩",
    "fire": "🔥",
    "hourglass": "⌛",
    "hourglass_flowing_sand": "⏳",
    "information_source": "ℹ️",  # noqa: RUF001 - the emoji itself
    "key": "🔑",
    "large_blue_circle": "🔵",
    "large_green_circle": "🟢",
    "large_orange_circle": "🟠",
    "large_red_circle": "🔴",
    "large_yellow_circle": "🟡",
    "leftwards_arrow_with_hook": "↩️",
    "lock": "🔒",
    "mag": "🔍",
    "memo": "📝",
    "moneybag": "💰",
    "no_entry": "⛔",
    "no_entry_sign": "🚫",
    "octagonal_sign": "🛑",
    "package": "📦",
    "pushpin": "📌",
    "question": "❓",
    "rewind": "⏪",
    "rocket": "🚀",
    "rotating_light": "🚨",
    "ship": "🚢",
    "snowflake": "❄️",
    "stop_sign": "🛑",
    "stopwatch": "⏱️",
    "tada": "🎉",
    "thumbsdown": "👎",
    "thumbsup": "👍",
    "unlock": "🔓",
    "warning": "⚠️",
    "wave": "👋",
    "white_check_mark": "✅",
    "white_circle": "⚪",
    "x": "❌",
    "zap": "⚡",
}
_SHORT = re.compile(r":([a-z0-9_+-]{1,40}):")


def with_emoji(text: str) -> str:
    return _SHORT.sub(lambda found: _NAMES.get(found[1], found[0]), text)
