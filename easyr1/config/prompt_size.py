"""How many tokens the first prompt of a level has, counted with the model's own processor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from games import ChatEnv, Level, make_game
from omegaconf import DictConfig

from easyr1.compat import repair_cuda_wheels
from easyr1.config.schema import RunKeys
from easyr1.rollout.history import context_images, make_messages
from easyr1.rollout.types import Context, Frame


def check_prompt_fits(config: DictConfig, keys: RunKeys) -> Iterator[str]:
    """Findings about the prompt: a processor that cannot be loaded, a prompt or a reply that cannot be held."""
    path = str(config.actor_rollout_ref.model.path)
    try:
        processor = load_processor(path)
    except (OSError, ValueError, KeyError) as error:
        reason = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        yield f"vlm.path: cannot load a processor from {path}: {reason}"
        return
    env = ChatEnv(make_game(keys.game.id, **keys.game.knobs))
    level = Level(keys.game.id, keys.game.knobs, seed=0)
    state = env.open(level.seed)
    context = Context(prompt=env.prompt, past=(), frame=Frame.from_observation(env.observe(state)))
    num_prompt, num_image = count_tokens(processor, context)
    if num_prompt > config.data.max_prompt_length:
        yield (
            f"data.max_prompt_length: {config.data.max_prompt_length} given; the prompt has {num_prompt} tokens, "
            f"{num_image} of them for the image of {' x '.join(map(str, env.game.image_size))} px"
        )
    action = env.game.solve(state)
    num_reply = len(processor.tokenizer(env.truth_reply(state, action))["input_ids"])
    if num_reply > config.data.max_response_length:
        yield (
            f"data.max_response_length: {config.data.max_response_length} given; a right reply without a thought has "
            f"{num_reply} tokens"
        )


def load_processor(path: str) -> Any:
    """The processor of a checkpoint; imports transformers."""
    repair_cuda_wheels()
    from transformers import AutoProcessor

    processor = AutoProcessor.from_pretrained(path)
    if not hasattr(processor, "image_processor"):
        raise ValueError("it reads text alone; a vision-language model is needed")
    return processor


def count_tokens(processor: Any, context: Context) -> tuple[int, int]:
    """Tokens of a context's prompt: all, and those of its images."""
    text = processor.apply_chat_template(make_messages(context), tokenize=False, add_generation_prompt=True)
    inputs = processor(text=[text], images=context_images(context))
    ids = inputs["input_ids"][0]
    image_id = processor.tokenizer.convert_tokens_to_ids("<|image_pad|>")
    return len(ids), sum(int(token) == image_id for token in ids)
