"""10,000 random and adversarial replies to every game: none raises, none stands for another action, none takes long."""

from __future__ import annotations

import random
import time

import pytest

import games
from games import ChatEnv
from games.core.tags import TAGS
from games.core.types import ReplyStatus

FRAGMENTS = [
    *(f"<{slash}{name}>" for name in TAGS for slash in ("", "/")),
    *("<answer", "</answer", "&lt;answer&gt;", "<b>", "</b>", "```", "<|image_pad|>", "<|im_end|>"),
    *("(", ")", ",", ";", " ", "\n", "\t", "\x00", "\u00a0", "\u2028", "-", "+", ".", "e", "_", "/", "\\", "'", '"'),
    *("0", "1", "5", "9", "10", "99999999999999999999", "\u0661", "\uff11", "\u00b2", "\u2167", "\U0001d7cf"),
    *(
        "(0,0)",
        "(0,1)",
        "(1,0) (0,1)",
        "(0,0) blue circle; ",
        "(0,1) empty",
        "blue circle",
        "up",
        "left",
        "Right\n",
        "noop",
        "column 1 turn 0",
        "open (0,0)",
        "flag (1,1)",
        "(2,1)",
        "none",
        "\ud83d\ude00",
    ),
]


def replies(game_id: str, state_text: str, answer: str) -> list[str]:
    rng = random.Random(game_id)
    fragments = [*FRAGMENTS, answer, state_text]
    made = ["".join(rng.choices(fragments, k=rng.randint(0, 24))) for _ in range(5_000)]
    made += [f"<answer>{''.join(rng.choices(fragments, k=rng.randint(0, 4)))}</answer>" for _ in range(4_900)]
    made += ["<answer>" * depth + answer + "</answer>" * depth for depth in range(2, 52)]
    made += ["<perception>" + rng.choice(FRAGMENTS) * 5_000 + "</perception>" for _ in range(50)]
    return made


def bare(answer: str) -> str:
    """An answer without what its readers forgive: white space, letter case, a comma between two cells."""
    return "".join(answer.split()).lower().replace("),(", ")(")


@pytest.mark.parametrize("game_id", games.game_ids())
def test_ten_thousand_replies(game_id: str) -> None:
    env = ChatEnv(games.make_game(game_id))
    game, state = env.game, env.open(0)
    answer = game.format(game.legal_actions(state)[0])
    num_read = 0
    start = time.perf_counter()
    for reply in replies(game_id, game.text(state), answer):
        result = env.turn(0, state, 0, reply)
        if result.status is ReplyStatus.UNREADABLE:
            assert result.action is None
        else:
            assert game.parse(game.format(result.action)) == result.action
            said = reply[reply.rindex("<answer>", 0, reply.rindex("</answer>")) :].split("</answer>")[0]
            num_read += 1
            assert bare(said.removeprefix("<answer>")) == bare(result.action_text), "no reply stands for another action"
        if result.status is not ReplyStatus.LEGAL:
            assert result.state is state and result.reward == 0.0
    assert time.perf_counter() - start < 20.0
    assert num_read > 50, "some are answers"
