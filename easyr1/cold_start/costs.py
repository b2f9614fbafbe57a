"""What a teacher behind an endpoint is going to cost, what it has cost, and the bound on both."""

from __future__ import annotations

from collections.abc import Mapping

from easyr1.cold_start.chat_teacher import NOTE
from easyr1.cold_start.levels import cold_start_level
from easyr1.cold_start.replies import Spent
from easyr1.cold_start.settings import DataSettings
from easyr1.errors import ConfigError
from easyr1.rollout.environment import prompt_of
from games.core.chat import ChatEnv

CHARS_A_TOKEN = 3.5
PIXELS_A_TOKEN = 28 * 28
"""Of many models; the first replies tell better."""


class Budget:
    """Reckons what is to come, and stops a run that is going to cost too much.

    Args:
        settings: Of the data set; the teacher is a model.
        missing: Examples still to be made, by game.
        spent: What all replies have taken so far, kept up to date by whoever makes them.

    Raises:
        ConfigError: There is a bound and no price, or more is spent already.
    """

    def __init__(self, settings: DataSettings, missing: Mapping[str, int], spent: Spent) -> None:
        assert settings.chat is not None, "a teacher behind an endpoint has its settings"
        self._settings, self._chat, self._spent = settings, settings.chat, spent
        self._by_game, self._missing, self._first = missing, sum(missing.values()), spent.replies
        self._has_projected = False
        if settings.max_cost is not None and not (self._chat.price_in or self._chat.price_out):
            raise ConfigError("max_cost: given without prices; give chat.price_in and chat.price_out")
        if settings.max_cost is not None and self._missing and spent.cost > settings.max_cost:
            raise ConfigError(f"max_cost: {settings.max_cost:g} given; {_amount(spent.cost)} is spent already")

    def before(self) -> str | None:
        """What the replies are going to take, before the first one; None where none is missing."""
        if not self._missing:
            return None
        there = f" ({self._first:,} replies are there, and none of them is asked for again)" if self._first else ""
        return f"{self._missing:,} examples to ask for{there}: if every reply gives one, {self._estimate()}"

    def look(self, kept: int, left_out: int) -> str | None:
        """Take stock between replies: what the rest will take by those that came, when that can be told first.

        Args:
            kept: Examples that this run has made, also of replies that were there before.
            left_out: Replies that became none.

        Raises:
            ConfigError: All is going to cost more than allowed.
        """
        spent, max_cost = self._spent, self._settings.max_cost
        if spent.replies == self._first:
            return None
        # Without an example nobody can tell how many replies one takes: one at least.
        needed = max(0, self._missing - kept) * ((kept + left_out) / kept if kept else 1)
        cost = spent.cost + spent.cost / spent.replies * needed
        line = None if self._has_projected else self._projection(kept, left_out, needed, cost)
        self._has_projected = True
        if max_cost is not None and cost > max_cost:
            raise ConfigError(
                f"max_cost: {max_cost:g} given; {_amount(spent.cost)} is spent, and all will cost about {_amount(cost)}"
            )
        return line

    def total(self) -> str:
        """What all replies have taken."""
        spent = self._spent
        took = f"{spent.replies:,} replies took {spent.prompt_tokens:,} + {spent.reply_tokens:,} tokens"
        return f"{took}{self._money(f' and cost {_amount(spent.cost)}')}"

    def _projection(self, kept: int, left_out: int, needed: float, cost: float) -> str:
        tokens = [count / self._spent.replies for count in (self._spent.prompt_tokens, self._spent.reply_tokens)]
        words = (
            f"a reply takes {tokens[0]:,.0f} + {tokens[1]:,.0f} tokens (context + reply), "
            f"and {kept} of {kept + left_out} gave an example"
        )
        if not kept:
            return f"{words}: what the rest will take cannot be told yet"
        money = f"; in all about {_amount(cost)}" if self._has_prices else ""
        return (
            f"{words}; {self._missing - kept:,} more examples will take about "
            f"{tokens[0] * needed:,.0f} + {tokens[1] * needed:,.0f}{money}"
        )

    def _estimate(self) -> str:
        """From the lengths of texts, and the longest reply allowed."""
        prompt_tokens = sum(_prompt_tokens(self._settings, game) * count for game, count in self._by_game.items())
        words = f"about {prompt_tokens:,.0f} tokens of context"
        if self._chat.max_tokens is None:
            return f"{words}; chat.max_tokens sets no bound to the replies"
        reply_tokens = self._chat.max_tokens * self._missing
        cost = self._chat.cost(round(prompt_tokens), reply_tokens)
        money = self._money(f", at most about {_amount(cost)} in all")
        return f"{words} and at most {reply_tokens:,} of replies{money}"

    def _money(self, words: str) -> str:
        """Words about money, where there are prices."""
        return words if self._has_prices else " (no prices given)"

    @property
    def _has_prices(self) -> bool:
        return bool(self._chat.price_in or self._chat.price_out)


def _amount(cost: float) -> str:
    """Money in words."""
    return f"{cost:,.2f}" if cost >= 0.005 or not cost else "less than 0.01"


def _prompt_tokens(settings: DataSettings, name: str) -> float:
    """About how many tokens a context of a game has."""
    game = settings.games[name]
    level = cold_start_level(game.id, game.knobs, settings.seed, "train", 0)
    env = ChatEnv.from_level(level)
    height, width = env.game.image_size
    state = len(env.game.text(env.open(level.seed))) / CHARS_A_TOKEN + height * width / PIXELS_A_TOKEN
    turns = min(settings.episodes.max_turns, settings.episodes.window or settings.episodes.max_turns)
    return len(f"{prompt_of(level)}{NOTE}") / CHARS_A_TOKEN + turns * state
