"""A context as the messages of an OpenAI-compatible request, and the reply in its answer."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from PIL import Image

from easyr1.policies.chat_faults import NoAnswer
from easyr1.rollout.history import make_messages
from easyr1.rollout.types import Context, Frame
from games.core.chat import BLANK


def request_messages(context: Context, observation: str = "image") -> list[dict[str, Any]]:
    """The messages of `make_messages`, each picture in the place of its placeholder.

    The order of messages and parts is that of training, so a chat template makes the same prompt of them. Pictures
    travel as they are, without being encoded again.

    Raises:
        GamesError: There is no such observation.
    """
    messages = make_messages(context, observation)
    pictures = _pictures(context, observation)
    for message in messages:
        message["content"] = [
            {"type": "image_url", "image_url": {"url": next(pictures)}} if part["type"] == "image" else part
            for part in message["content"]
        ]
    return messages


def reply_text(answer: Any) -> str:
    """The reply in an answer; reasoning beside it is left out.

    A model that was given its turn and said nothing has replied: an empty text, also when all its tokens went into
    reasoning, is an unreadable reply. A refusal is a reply in the refusal's words. An answer without a message, without
    content, or stopped by the provider's filter is none.

    Raises:
        NoAnswer: There is no reply in it.
    """
    choices = answer.get("choices") if isinstance(answer, Mapping) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, Mapping) else None
    if not isinstance(choice, Mapping) or not isinstance(message, Mapping):
        raise NoAnswer("no choice in the answer")
    if choice.get("finish_reason") == "content_filter":
        raise NoAnswer("stopped by the content filter")
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(_texts(content))
    if content is None:
        content = message.get("refusal")
    if content is None and (_has_reasoning(message) or choice.get("finish_reason") == "length"):
        content = ""
    if not isinstance(content, str):
        raise NoAnswer("no content in the answer")
    # Half a surrogate pair can stand in JSON and nowhere else.
    return content.encode("utf-8", "replace").decode("utf-8")


def token_counts(answer: Any) -> tuple[int, int]:
    """Tokens of the context and of the reply by the answer's own count; 0 where it gives none."""
    usage = answer.get("usage") if isinstance(answer, Mapping) else None
    found = usage if isinstance(usage, Mapping) else {}
    return _count(found.get("prompt_tokens")), _count(found.get("completion_tokens"))


def _pictures(context: Context, observation: str) -> Iterator[str]:
    for frame in (*(turn.frame for turn in context.past), context.frame):
        png = _blank_png(_size(frame)) if observation == "blank" else frame.png
        yield f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"


def _size(frame: Frame) -> tuple[int, int]:
    """Width and height in px, from the header alone."""
    with Image.open(io.BytesIO(frame.png)) as image:
        return image.size


@lru_cache(maxsize=64)
def _blank_png(size: tuple[int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (BLANK, BLANK, BLANK)).save(buffer, format="PNG")
    return buffer.getvalue()


def _texts(parts: list[Any]) -> Iterator[str]:
    for part in parts:
        text = part.get("text") if isinstance(part, Mapping) and part.get("type") == "text" else None
        if isinstance(text, str):
            yield text


def _has_reasoning(message: Mapping[str, Any]) -> bool:
    return bool(message.get("reasoning_content") or message.get("reasoning"))


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
