"""The pictures of an episode: those that were recorded, and those that level and actions give again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from easyr1.replay.episodes import RecordedEpisode, Recording
from easyr1.replay.record import TurnRecord
from easyr1.rollout.types import Frame
from games.core.chat import ChatEnv
from games.core.types import Level


def with_pictures(recording: Recording, episode: RecordedEpisode) -> tuple[RecordedEpisode, dict[str, bytes]]:
    """An episode and its pictures, PNG bytes by digest.

    Where a picture was not kept the episode is played again, and its turns get the digests and truths they lack; a
    picture that cannot be made again, since the game is another by now or is not installed, is left out.
    """
    pictures: dict[str, bytes] = {}
    for digest in {turn.observation for turn in episode.turns}:
        path = recording.picture(digest)
        if path is not None:
            pictures[digest] = path.read_bytes()
    if all(turn.observation in pictures for turn in episode.turns):
        return episode, pictures
    frames = rebuild_frames(episode.turns)
    pictures |= {frame.digest: frame.png for frame in frames}
    turns = [
        replace(turn, observation=frame.digest, truth=frame.text)
        for turn, frame in zip(episode.turns, frames, strict=False)
    ]
    return replace(episode, turns=(*turns, *episode.turns[len(turns) :])), pictures


def rebuild_frames(turns: Sequence[TurnRecord]) -> list[Frame]:
    """What the model saw, turn by turn, from levels and actions; it ends where the game disagrees with the record."""
    frames: list[Frame] = []
    start = 0
    try:
        for number, record in enumerate(turns):
            if not number or record.level != turns[number - 1].level:
                level, start = Level.from_dict(record.level), number
                env = ChatEnv.from_level(level)
                state = env.open(level.seed)
            frame = Frame.from_observation(env.observe(state))
            if record.observation not in ("", frame.digest) or record.truth not in ("", frame.text):
                break
            frames.append(frame)
            if record.status == "legal" and record.action is not None:
                state = env.play(level.seed, state, number - start, env.game.parse(record.action)).state
    except Exception:  # A picture is not worth the rest of the page, whatever is wrong with a game.
        return frames
    return frames
