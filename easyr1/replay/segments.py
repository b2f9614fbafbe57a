"""A reply cut into what its readers see: the three blocks, and the text that is in none of them."""

from __future__ import annotations

from dataclasses import dataclass

from games.core.tags import TAGS, parse_reply

OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a reply; `kind` is `perception`, `think`, `answer` or `outside`."""

    kind: str
    text: str


def split_reply(text: str) -> list[Segment]:
    """The parts of a reply in the order of their beginnings; the blocks are those that count (see `parse_reply`).

    Nothing is lost, tags apart. Where blocks lie in each other each is given whole, so that text may come twice; text
    outside the blocks that is white space alone is left out.
    """
    parsed = parse_reply(text)
    found: list[tuple[int, int, Segment]] = []
    for name, content in zip(TAGS, (parsed.perception, parsed.thinking, parsed.answer), strict=True):
        if content is not None:
            whole = f"<{name}>{content}</{name}>"
            # The block that counts is the last complete one, so it is the last place where its text stands.
            start = text.rfind(whole)
            found.append((start, start + len(whole), Segment(name, content)))
    found.sort(key=lambda block: block[:2])
    segments: list[Segment] = []
    covered = 0
    for start, end, segment in found:
        segments += [Segment(OUTSIDE, text[covered:start])] if text[covered:start].strip() else []
        segments.append(segment)
        covered = max(covered, end)
    return [*segments, Segment(OUTSIDE, text[covered:])] if text[covered:].strip() else segments
