"""Prompts worked out from the pictures' sizes have the very tokens that verl's builder makes with the processor."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

pytest.importorskip("verl")

from easyr1.config.paths import package_path
from easyr1.config.prompt_size import load_processor
from easyr1.rollout.environment import open_level, prompt_of, turn_level
from easyr1.rollout.history import context_images, make_messages
from easyr1.rollout.types import Context, PolicyFailed, Reply, Turn
from games import Level

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore")]  # warnings of other libraries

KNOBS = {"rows": 4, "columns": 4, "num_faces": 2, "copies": 8, "colours": 2, "shapes": 2}
LEVELS = [Level("games/ShisenSho-v0", {**KNOBS, "tile_px": side}, seed=3) for side in (28, 32, 50)]
REPLIES = ("<action>nonsense", "<think>räume 牌 \n\n auf</think><action>(0,0), (9,9)</action>", "")
LARGE = {"shortest_edge": 56 * 56, "longest_edge": 28 * 28 * 1280}


def qwen2_5_vl() -> Any:
    return load_processor(package_path("easyr1/tiny/checkpoint"))


def qwen3_vl() -> Any:
    import transformers

    tokenizer = qwen2_5_vl().tokenizer
    grid = {"patch_size": 16, "merge_size": 2, "temporal_patch_size": 2}
    return transformers.Qwen3VLProcessor(
        image_processor=transformers.Qwen2VLImageProcessor(
            size=LARGE, image_mean=[0.5] * 3, image_std=[0.5] * 3, **grid
        ),
        tokenizer=tokenizer,
        video_processor=transformers.Qwen3VLVideoProcessor(size=LARGE, **grid),
        chat_template=tokenizer.chat_template,
    )


def builder_of(processor: Any, model_type: str, **kwargs: Any) -> Any:
    from verl.utils.tokenizer.continuous_token_wiring import create_continuous_token_builder

    return create_continuous_token_builder(
        processor.tokenizer, hf_model_type=model_type, processor=processor, chat_template_kwargs={}, **kwargs
    )


@pytest.fixture(scope="module", params=["qwen2_5_vl", "qwen3_vl"])
def builder(request: pytest.FixtureRequest) -> Any:
    return builder_of({"qwen2_5_vl": qwen2_5_vl, "qwen3_vl": qwen3_vl}[request.param](), request.param)


def context_of(level: Level, replies: tuple[str, ...]) -> Context:
    """The context after these replies; with those here nothing moves, and a line of feedback follows each."""
    opening = open_level(level)
    state, frame, past = opening.state, opening.frame, []
    for index, text in enumerate(replies):
        step = turn_level(level, state, index, text)
        past.append(Turn.from_result(index, frame, Reply(text), step.result))
        assert step.frame is not None
        state, frame = step.result.state, step.frame
    return Context(prompt_of(level), tuple(past), frame)


def pictures_of(context: Context) -> list[Any]:
    from easyr1.bridge.pictures import Picture

    frames = [*(turn.frame for turn in context.past), context.frame]
    return [Picture(frame.png, frame.digest) for frame in frames]


@pytest.mark.parametrize("num_replies", range(len(REPLIES) + 1))
@pytest.mark.parametrize("level", LEVELS, ids=lambda level: f"{level.knobs['tile_px']}px")
def test_tokens_are_those_of_the_builder(builder: Any, level: Level, num_replies: int) -> None:
    from easyr1.bridge.prompt_tokens import PromptTokens

    context = context_of(level, REPLIES[:num_replies])
    messages = make_messages(context)
    theirs = list(builder.build_initial_tokens(messages, images=context_images(context)))
    prompts = PromptTokens(builder)
    assert prompts._reader is not None  # else the builder would be compared with itself
    for _ in range(2):
        assert prompts.tokens(messages, pictures_of(context)) == theirs
    assert theirs.count(builder.processor.image_token_id) > num_replies + 1


def test_other_processors_are_asked_themselves() -> None:
    from easyr1.bridge.prompt_tokens import PromptTokens

    # Bounds of its own: the sizes in the checkpoint's files do not hold.
    builder = builder_of(qwen2_5_vl(), "qwen2_5_vl", mm_processor_kwargs={"max_pixels": 56 * 56, "min_pixels": 28 * 28})
    context = context_of(LEVELS[0], ())
    messages = make_messages(context)
    theirs = list(builder.build_initial_tokens(messages, images=context_images(context)))
    assert PromptTokens(builder).tokens(messages, pictures_of(context)) == theirs
    assert theirs.count(builder.processor.image_token_id) == 4


def test_a_reply_that_spells_a_placeholder_ends_its_episode(builder: Any) -> None:
    from easyr1.bridge.prompt_tokens import PromptTokens

    context = context_of(LEVELS[0], ("<|image_pad|>",))
    with pytest.raises(PolicyFailed, match="3 placeholders in a context with 2 pictures"):
        PromptTokens(builder).tokens(make_messages(context), pictures_of(context))


def test_a_picture_arrives_as_a_pil_picture() -> None:
    context = context_of(LEVELS[0], ())
    picture = pictures_of(context)[0]
    sent = pickle.dumps(picture)
    arrived = pickle.loads(sent)
    assert arrived.mode == "RGB" and arrived.tobytes() == context.frame.image().tobytes()
    assert picture.size == arrived.size and len(sent) < len(picture.png) + 200
    assert pickle.loads(sent) is arrived  # opened once
