"""What a teacher behind an endpoint is going to cost, what it has cost, and the bound on both."""

from __future__ import annotations

from collections.abc import Callable, Mapping

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
    """Says what is to come, and stops a run that is going to cost too much.

    Args:
        settings: Of the data set; the teacher is a model.
        missing: Examples still to be made, by game.
        spent: What all replies have taken so far, kept up to date by whoever makes them.
        say: Takes a line for the reader.

    Raises:
        ConfigError: There is a bound and no price.
    """

    def __init__(
        self, settings: DataSettings, missing: Mapping[str, int], spent: Spent, say: Callable[[str], None]
    ) -> None:
        assert settings.chat is not None, "a teacher behind an endpoint has its settings"
        self._chat, self._max_cost, self._spent, self._say = settings.chat, settings.max_cost, spent, say
        self._missing, self._first = sum(missing.values()), spent.replies
        self._has_projected = False
        if self._max_cost is not None and not (self._chat.price_in or self._chat.price_out):
            raise ConfigError("max_cost: given without prices; give chat.price_in and chat.price_out")
        if self._missing:
            say(self._estimate(settings, missing))

    def look(self) -> None:
        """Take stock after some replies. Raises ConfigError when all is going to cost more than allowed."""
        spent, made = self._spent, self._spent.replies - self._first
        if not made or not spent.replies:
            return
        left = max(0, self._missing - made)
        cost = spent.cost + spent.cost / spent.replies * left
        if not self._has_projected:
            self._has_projected = True
            tokens = [count / spent.replies for count in (spent.prompt_tokens, spent.reply_tokens)]
            self._say(
                f"a reply takes {tokens[0]:,.0f} + {tokens[1]:,.0f} tokens; {left:,} more examples will take about "
                f"{tokens[0] * left:,.0f} + {tokens[1] * left:,.0f}{self._money(f'; in all about {cost:,.2f}')}"
            )
        if self._max_cost is not None and cost > self._max_cost:
            raise ConfigError(
                f"max_cost: {self._max_cost:g} given; {spent.cost:,.2f} is spent, and all will cost about {cost:,.2f}"
            )

    def total(self) -> str:
        """What all replies have taken."""
        spent = self._spent
        took = f"{spent.replies:,} replies took {spent.prompt_tokens:,} + {spent.reply_tokens:,} tokens"
        return f"{took}{self._money(f' and cost {spent.cost:,.2f}')}"

    def _estimate(self, settings: DataSettings, missing: Mapping[str, int]) -> str:
        """Before the first reply: from the lengths of texts, and the longest reply allowed."""
        prompt_tokens = sum(_prompt_tokens(settings, game) * count for game, count in missing.items())
        words = f"{self._missing:,} examples to ask for, with about {prompt_tokens:,.0f} tokens of context"
        if self._chat.max_tokens is None:
            return f"{words}; chat.max_tokens sets no bound to the replies"
        reply_tokens = self._chat.max_tokens * self._missing
        cost = self._chat.cost(round(prompt_tokens), reply_tokens)
        return f"{words} and at most {reply_tokens:,} of replies{self._money(f': at most about {cost:,.2f}')}"

    def _money(self, words: str) -> str:
        """Words about money, where there are prices."""
        return words if self._chat.price_in or self._chat.price_out else " (no prices given)"


def _prompt_tokens(settings: DataSettings, name: str) -> float:
    """About how many tokens a context of a game has."""
    game = settings.games[name]
    level = cold_start_level(game.id, game.knobs, settings.seed, "train", 0)
    env = ChatEnv.from_level(level)
    height, width = env.game.image_size
    state = len(env.game.text(env.open(level.seed))) / CHARS_A_TOKEN + height * width / PIXELS_A_TOKEN
    turns = min(settings.episodes.max_turns, settings.episodes.window or settings.episodes.max_turns)
    return len(f"{prompt_of(level)}{NOTE}") / CHARS_A_TOKEN + turns * state
