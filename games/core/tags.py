"""The three blocks of a reply: `<perception>`, `<think>`, `<answer>`."""

from __future__ import annotations

import re

from games.core.types import ParsedReply

TAGS = ("perception", "think", "answer")
_TAG = re.compile(r"<(/?)(perception|think|answer)>")
_IN_ORDER = [(slash, name) for name in TAGS for slash in ("", "/")]


def parse_reply(text: str) -> ParsedReply:
    """Cut a reply into its blocks, in time linear in its length; never raises.

    Well-formed is exactly one block of each tag, in the order perception, think, answer, with only white space
    before, between and after them. Otherwise each tag's last complete block counts: its last closing tag and the
    nearest opening tag of the same name before it.
    """
    found = [(match.group(1), match.group(2), match.start(), match.end()) for match in _TAG.finditer(text)]
    blocks: dict[str, str] = {}
    opened: dict[str, int] = {}
    for slash, name, start, end in found:
        if not slash:
            opened[name] = end
        elif name in opened:
            blocks[name] = text[opened.pop(name) : start]
    return ParsedReply(
        blocks.get("perception"), blocks.get("think"), blocks.get("answer"), _is_well_formed(text, found)
    )


def _is_well_formed(text: str, found: list[tuple[str, str, int, int]]) -> bool:
    if [(slash, name) for slash, name, _, _ in found] != _IN_ORDER:
        return False
    edges = [0, *(edge for _, _, start, end in found for edge in (start, end)), len(text)]
    return all(not text[edges[i] : edges[i + 1]].strip() for i in (0, 4, 8, 12))


def format_reply(perception: str, thinking: str, answer: str) -> str:
    """A well-formed reply of the three blocks."""
    blocks = zip(TAGS, (perception, thinking, answer), strict=True)
    return "\n".join(f"<{name}>{content}</{name}>" for name, content in blocks)


def has_tag(text: str) -> bool:
    """Whether the text contains one of the reply's tags, opening or closing."""
    return _TAG.search(text) is not None
