"""The card of a data set: README.md as the Hugging Face hub reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from easyr1.cold_start.chat_teacher import NOTE
from easyr1.cold_start.examples import REASONS
from easyr1.cold_start.levels import SPLITS
from easyr1.cold_start.settings import DataSettings
from games.registration import game_class

ALL = "default"
"""Name of the configuration of all games."""

FEATURES = """\
  - name: messages
    list:
    - name: role
      dtype: string
    - name: content
      dtype: string
  - name: images
    sequence: image
  - name: level
    dtype: string
  - name: game
    dtype: string
  - name: turn
    dtype: int32
  - name: truth
    dtype: string
  - name: action
    dtype: string
  - name: state
    dtype: string
  - name: prompt_tokens
    dtype: int32
  - name: reply_tokens
    dtype: int32"""

COLUMNS = """\
| column | what it is |
|---|---|
| `messages` | role and content in turn; `<image>` stands for the next picture; the last one is the reply to learn |
| `images` | the pictures, PNG |
| `level` | game, knobs and seed, JSON: where the state comes from |
| `game`, `turn` | name of the game; turn of the episode, from 0 |
| `truth`, `action` | the state in words; the action of the reply |
| `state` | name of what is shown and said of the reply before; no two rows of a game have the same |
| `prompt_tokens`, `reply_tokens` | as the processor of the model counts them, where one was given |"""

HOW = {
    "solver": "Thinking and answer come from the solvers of the games. The thinking is written from what the search "
    "found, in varied words: actions that were looked at, why each is legal or not, and the choice. It is true in "
    "every claim.",
    "search": "Thinking and answer come from a plain search of the game in a fixed order, told step by step up to the "
    "first legal action; of a game that knows no such search, from its solver.",
    "chat": "Thinking and answer come from a model that was shown the picture and told the truth in words; a reply "
    "counts only when its answer is legal and its perception block is the truth. It was told beside the prompt below:"
    f"\n\n> {NOTE}",
}


def write_card(settings: DataSettings, counts: Mapping[str, Any], pinned: Mapping[str, Any]) -> str:
    """README.md of a data set.

    Args:
        counts: What counts.json holds.
        pinned: The settings that its rows depend on.
    """
    return "\n".join([*_header(settings, counts), "", *_body(settings, counts, pinned), ""])


def _header(settings: DataSettings, counts: Mapping[str, Any]) -> Iterator[str]:
    yield "---"
    yield f"license: {'apache-2.0' if _is_ours(settings) else 'other'}"
    yield "task_categories:\n- image-text-to-text"
    yield "tags:\n- games\n- cold-start\n- easyr1"
    yield f"size_categories:\n- {_size(sum(counts['kept'].values()))}"
    configs = {
        ALL: list(settings.games),
        **({name: [name] for name in settings.games} if len(settings.games) > 1 else {}),
    }
    sizes = {name: _sizes(counts, games) for name, games in configs.items()}
    yield "dataset_info:"
    for name, splits in sizes.items():
        yield f"- config_name: {name}\n  features:\n{FEATURES}\n  splits:"
        for split, (rows, num_bytes) in splits.items():
            yield f"  - name: {split}\n    num_bytes: {num_bytes}\n    num_examples: {rows}"
    yield "configs:"
    for name, splits in sizes.items():
        yield f"- config_name: {name}\n  data_files:"
        part = "" if name == ALL else f"{name}-"
        for split in splits:
            yield f"  - split: {split}\n    path: data/{split}-{part}*.parquet"
    yield "---"


def _body(settings: DataSettings, counts: Mapping[str, Any], pinned: Mapping[str, Any]) -> Iterator[str]:
    yield f"# {settings.folder.name}\n"
    yield "States of visual games with replies of the form that the prompt asks for: what is seen, thinking, an answer."
    yield "For supervised training before reinforcement learning, whose prompts and windows these are."
    yield f"\n{HOW[settings.teacher]}\n"
    yield f"```bash\n{settings.command}\n```\n"
    yield from _table(counts)
    yield f"\n{COLUMNS}\n"
    yield from _about_turns(settings)
    yield "## Games\n"
    for name, game in settings.games.items():
        knobs = ", ".join(f"{knob}={value}" for knob, value in game.knobs.items())
        yield f"- `{name}`: `{game.id}`{f' with {knobs}' if knobs else ''}"
    yield f"\nSeed {settings.seed}. The seeds of the levels have bit 63 set, those of training, validation and"
    yield "evaluation have not: no level is shared, though small games have the same states on different levels.\n"
    yield from ["## Settings\n", "```"]
    yield from (f"{key}: {value}" for key, value in pinned.items() if not key.startswith("game."))
    yield "```\n"
    yield f"## License\n\n{_license(settings)}"


def _table(counts: Mapping[str, Any]) -> Iterator[str]:
    yield "| game | " + " | ".join(SPLITS) + " | left out |\n|---|" + "---|" * (len(SPLITS) + 1)
    for name, splits in counts["games"].items():
        left_out: dict[str, int] = {}
        for figures in splits.values():
            for reason, number in figures["rejected"].items():
                left_out[reason] = left_out.get(reason, 0) + number
        words = ", ".join(f"{number} {reason}" for reason, number in left_out.items()) or "none"
        yield f"| {name} | " + " | ".join(str(splits[split]["kept"]) for split in SPLITS) + f" | {words} |"
    if counts["rejected"]:
        yield "\nLeft out: " + "; ".join(f"`{reason}`, {REASONS[reason]}" for reason in counts["rejected"]) + "."
    lengths = (f"{name} {value['mean']:g} (at most {value['max']:g})" for name, value in counts["lengths"].items())
    if counts["lengths"]:
        yield f"\nLengths, mean: {', '.join(lengths)}."
    if "teacher" in counts:
        spent = counts["teacher"]
        yield (
            f"\nThe teacher's {spent['replies']} replies took {spent['prompt_tokens']} + {spent['reply_tokens']} "
            f"tokens and cost {spent['cost']:.4g} at the prices given."
        )


def _about_turns(settings: DataSettings) -> Iterator[str]:
    episodes = settings.episodes
    if episodes.max_turns == 1:
        return
    window = "all turns" if episodes.window is None else f"{episodes.window} turns"
    yield (
        f"Episodes have up to {episodes.max_turns} turns, a context {window}, the current one included. A share of "
        f"{episodes.random_share:g} of the moves between turns is drawn from the legal ones, and a share of "
        f"{episodes.mistake_share:g} of the replies has no legal action, which the next message says. So earlier "
        "replies of a row are no examples: learn the last one alone, as `python -m easyr1.cold_start train` does.\n"
    )


def _license(settings: DataSettings) -> str:
    if _is_ours(settings):
        return "Pictures, words and replies are made by easyr1 (Apache-2.0)."
    notes = []
    if settings.teacher == "chat":
        notes.append("The replies are a model's: the terms of the model and of its provider apply to them.")
    if _has_photos(settings):
        notes.append("Pictures show photographs of CIFAR-10, whose terms apply to them.")
    if _has_adapted(settings):
        notes.append("Pictures show environments of other people, whose terms apply to them.")
    return f"{' '.join(notes)} The rest is made by easyr1 (Apache-2.0)."


def _is_ours(settings: DataSettings) -> bool:
    return settings.teacher != "chat" and not _has_photos(settings) and not _has_adapted(settings)


def _has_adapted(settings: DataSettings) -> bool:
    """Whether pictures are drawn by environments that came from elsewhere."""
    return any(".gymnasium_adapter." in game_class(game.id).__module__ for game in settings.games.values())


def _has_photos(settings: DataSettings) -> bool:
    """Whether pictures hold photographs of other people; `ShisenShoCifar10` has them unless told otherwise."""
    return any(
        game.knobs.get("faces", "cifar10" if "Cifar10" in game.id else None) == "cifar10"
        for game in settings.games.values()
    )


def _sizes(counts: Mapping[str, Any], games: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Rows and bytes of the splits of some games that have any rows."""
    found = {split: [counts["games"][game][split] for game in games] for split in SPLITS}
    sizes = {
        split: (sum(one["kept"] for one in figures), sum(one["bytes"] for one in figures))
        for split, figures in found.items()
    }
    return {split: size for split, size in sizes.items() if size[0]}


def _size(number: int) -> str:
    for bound, name in ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K")):
        if number < bound:
            return name
    return "100K<n<1M"
