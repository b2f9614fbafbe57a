"""Sizes of a model's matrices, read from its config.json or from a table of the models that the recipes name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

WORDS = {"Qwen2.5-VL": 151936, "Qwen3-VL": 151936}
VISION_25 = {"depth": 32, "hidden_size": 1280, "intermediate_size": 3420, "patch_size": 14}
VISION_3 = {"depth": 24, "hidden_size": 1024, "intermediate_size": 4096, "patch_size": 16}
DEEPSTACK = [5, 11, 17]


def _config(kind: str, text: tuple[int, ...], vision: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """What of a config.json decides sizes; `text` is layers, width, inner width, heads, key-value heads."""
    names = ("num_hidden_layers", "hidden_size", "intermediate_size", "num_attention_heads", "num_key_value_heads")
    vision = {**vision, "out_hidden_size": text[1]}
    if kind == "Qwen3-VL":
        vision.setdefault("deepstack_visual_indexes", DEEPSTACK)
    return {"vocab_size": WORDS[kind], **dict(zip(names, text, strict=True)), "vision_config": vision, **more}


PUBLISHED: dict[str, dict[str, Any]] = {
    "Qwen/Qwen2.5-VL-3B-Instruct": _config("Qwen2.5-VL", (36, 2048, 11008, 16, 2), VISION_25, tie_word_embeddings=True),
    "Qwen/Qwen2.5-VL-7B-Instruct": _config(
        "Qwen2.5-VL", (28, 3584, 18944, 28, 4), VISION_25, vocab_size=152064, tie_word_embeddings=False
    ),
    "Qwen/Qwen3-VL-2B-Instruct": _config(
        "Qwen3-VL", (28, 2048, 6144, 16, 8), VISION_3, head_dim=128, tie_word_embeddings=True
    ),
    "Qwen/Qwen3-VL-4B-Instruct": _config(
        "Qwen3-VL", (36, 2560, 9728, 32, 8), VISION_3, head_dim=128, tie_word_embeddings=True
    ),
    "Qwen/Qwen3-VL-8B-Instruct": _config(
        "Qwen3-VL",
        (36, 4096, 12288, 32, 8),
        {**VISION_3, "depth": 27, "hidden_size": 1152, "intermediate_size": 4304},
        head_dim=128,
        tie_word_embeddings=False,
    ),
}
"""Models whose config.json need not be at hand, by hub id."""


@dataclass(frozen=True)
class Matrix:
    """`count` matrices of one size.

    Attributes:
        count: How many.
        rows: Outputs.
        columns: Inputs.
        is_adapted: Whether LoRA on all linear layers of the language model gives each an adapter.
    """

    count: int
    rows: int
    columns: int
    is_adapted: bool = False

    @property
    def weights(self) -> int:
        """Numbers in all of them."""
        return self.count * self.rows * self.columns


@dataclass(frozen=True)
class Shape:
    """Sizes of a vision-language model of the Qwen family.

    Attributes:
        layers, width, inner: Of the language model.
        heads, kv_heads, head_width: Of its attention.
        words: Of the vocabulary.
        is_tied: Whether words are written with the matrix that reads them.
        vision: `vision_config`.
    """

    layers: int
    width: int
    inner: int
    heads: int
    kv_heads: int
    head_width: int
    words: int
    is_tied: bool
    vision: Mapping[str, Any]

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Shape | None:
        """The sizes that a config.json names; None where it is of another kind of model."""
        text = {**config, **(config.get("text_config") or {})}
        vision = config.get("vision_config") or {}
        try:
            return cls(
                layers=text["num_hidden_layers"],
                width=text["hidden_size"],
                inner=text["intermediate_size"],
                heads=text["num_attention_heads"],
                kv_heads=text["num_key_value_heads"],
                head_width=text.get("head_dim") or text["hidden_size"] // text["num_attention_heads"],
                words=text["vocab_size"],
                is_tied=bool(config.get("tie_word_embeddings", text.get("tie_word_embeddings", False))),
                vision={name: vision[name] for name in (*VISION_25, "out_hidden_size")}
                | {"deepstack_visual_indexes": vision.get("deepstack_visual_indexes")},
            )
        except (KeyError, TypeError, ZeroDivisionError):
            return None

    @property
    def is_qwen3(self) -> bool:
        """Whether the vision tower hands pictures to several layers, as Qwen3-VL's does."""
        return self.vision.get("deepstack_visual_indexes") is not None

    @property
    def weights(self) -> int:
        """Numbers in all matrices; norms and biases, a thousandth, are left out."""
        return sum(matrix.weights for matrix in self.matrices())

    @property
    def layer_weights(self) -> int:
        """Numbers in one layer of the language model."""
        return sum(matrix.rows * matrix.columns for matrix in self._layer())

    @property
    def word_weights(self) -> int:
        """Numbers in the matrix of the words."""
        return self.words * self.width

    @property
    def cache_bytes(self) -> int:
        """Bytes of keys and values that a token leaves in vLLM, at two bytes a number."""
        return 2 * self.layers * self.kv_heads * self.head_width * 2

    def adapter_weights(self, rank: int) -> int:
        """Numbers in the adapters of LoRA on all linear layers of the language model."""
        adapted = (matrix for matrix in self.matrices() if matrix.is_adapted)
        return sum(matrix.count * rank * (matrix.rows + matrix.columns) for matrix in adapted)

    def matrices(self) -> Iterator[Matrix]:
        """All matrices of the model."""
        yield Matrix(1 if self.is_tied else 2, self.words, self.width)
        for matrix in self._layer():
            yield Matrix(self.layers, matrix.rows, matrix.columns, is_adapted=True)
        yield from self._vision()

    def _layer(self) -> list[Matrix]:
        queries, keys = self.heads * self.head_width, self.kv_heads * self.head_width
        return [
            Matrix(1, queries, self.width),
            Matrix(1, keys, self.width),
            Matrix(1, keys, self.width),
            Matrix(1, self.width, queries),
            Matrix(1, self.inner, self.width),
            Matrix(1, self.inner, self.width),
            Matrix(1, self.width, self.inner),
        ]

    def _vision(self) -> Iterator[Matrix]:
        depth, width, inner = (self.vision[name] for name in ("depth", "hidden_size", "intermediate_size"))
        merged = 4 * width  # two by two patches are one token
        yield Matrix(depth, 3 * width, width)
        yield Matrix(depth, width, width)
        # Gated in Qwen2.5-VL: one matrix more.
        yield Matrix(depth if self.is_qwen3 else 2 * depth, inner, width)
        yield Matrix(depth, width, inner)
        # Two frames of three colours.
        yield Matrix(1, width, 2 * 3 * self.vision["patch_size"] ** 2)
        num_mergers = 1 + len(self.vision["deepstack_visual_indexes"] or ())
        yield Matrix(num_mergers, merged, merged)
        yield Matrix(num_mergers, self.vision["out_hidden_size"], merged)
        if self.is_qwen3:
            yield Matrix(1, 2304, width)  # learned positions, 48 x 48


def nearest_shape(billion_weights: float) -> Shape:
    """The published model that is nearest in size, for one of which nothing but the number of weights is known."""
    shapes = [shape for config in PUBLISHED.values() if (shape := Shape.of(config))]
    return min(shapes, key=lambda shape: abs(shape.weights / 1e9 - billion_weights))
