"""Thinking out of reasons: what was looked at, why it is legal or not, and the choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.random import Generator, default_rng

from easyr1.cold_start.wording import LEADS, pick, word_claim, word_lead
from games.core.claims import Claim, Shows
from games.core.game import Game
from games.core.grid import cell_text
from games.core.reasons import Candidate, Reasons, explain
from games.core.search import Search

OPENERS = ("", "", "Try ", "Look at ", "What about ", "Consider ")
LEGAL = ("That works", "Legal", "Possible", "That is allowed")
ILLEGAL = ("Not legal", "That fails", "So it is not allowed", "That does not work")
CHOICES = ("I choose {}", "I take {}", "I play {}", "My choice is {}", "So {}")
JOINTS = ("; ", ", ", ". ")


def think(game: Game[Any, Any], state: Any, action: Any, rng: Generator, num_others: int) -> str:
    """The thinking that leads to a legal action, true in every claim.

    Args:
        rng: Chooses what is looked at and how it is said.
        num_others: Most other actions that are looked at; the number is drawn from 0 to this.
    """
    count = int(rng.integers(num_others + 1))
    return write_thinking(game, explain(game, state, action, rng, count), rng)


def write_thinking(game: Game[Any, Any], reasons: Reasons, rng: Generator) -> str:
    """Reasons in words, each thinking in its own way; what is seen stands before the choice that it leads to."""
    joint = pick(JOINTS, rng)
    sentences = []
    if reasons.num_legal is not None and rng.random() < 0.5:
        sentences.append(_number(reasons.num_legal, rng))
    sentences += [_candidate(game, other, joint, rng) for other in reasons.others]
    leads = [word_lead(claim, rng) for claim in reasons.choice.claims if isinstance(claim, LEADS)]
    sentences += [f"{lead[:1].upper()}{lead[1:]}." for lead in leads]
    chosen = pick(CHOICES, rng).format(game.format(reasons.choice.action))
    rest = [claim for claim in reasons.choice.claims if not isinstance(claim, LEADS)]
    sentences.append(_sentence(chosen, [*rest, *reasons.outlook], joint, rng))
    return " ".join(sentences)


def think_search(game: Game[Any, Any], search: Search, rng: Generator) -> str:
    """A search in words, step by step, with the action it came to; what a step looks at stands before what it finds.

    Args:
        rng: Chooses how it is said, in the same way at every step.
    """
    ways = rng.bit_generator.random_raw()
    sentences = []
    for looked, *found in search.steps:
        words = [_bare(claim) or word_claim(claim, default_rng(ways)) for claim in found]
        sentences.append(f"{word_claim(looked, rng)}: {'; '.join(words)}.")
    return " ".join([*sentences, f"{pick(CHOICES, rng).format(game.format(search.action))}."])


def _bare(claim: Claim) -> str:
    """Of one cell, what it shows and nothing else, as the perception has it."""
    match claim:
        case Shows((cell,), label):
            return f"{cell_text(*cell)} {label}"
        case _:
            return ""


def _candidate(game: Game[Any, Any], candidate: Candidate, joint: str, rng: Generator) -> str:
    opening = pick(OPENERS, rng) + game.format(candidate.action)
    verdict = pick(LEGAL if candidate.is_legal else ILLEGAL, rng)
    if not candidate.claims:
        return f"{opening[:1].upper()}{opening[1:]}? {verdict}."
    return f"{_sentence(opening, candidate.claims, joint, rng)} {verdict}."


def _sentence(opening: str, claims: Sequence[Claim], joint: str, rng: Generator) -> str:
    parts = [word_claim(claim, rng) for claim in claims]
    if joint == ". ":
        parts = [*parts[:1], *(part[:1].upper() + part[1:] for part in parts[1:])]
    return f"{opening[:1].upper()}{opening[1:]}{': ' if parts else ''}{joint.join(parts)}."


def _number(num_legal: int, rng: Generator) -> str:
    if num_legal == 1:
        return pick(("Only one action is legal.", "There is one legal action."), rng)
    return pick((f"{num_legal} actions are legal.", f"There are {num_legal} legal actions."), rng)
