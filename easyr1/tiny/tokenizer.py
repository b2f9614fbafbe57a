"""A byte-level BPE tokenizer whose vocabulary is written down instead of trained.

Training a BPE breaks ties differently from run to run, and a tiny model is worth little with another vocabulary than
its own. So the merges are constructed: 256 bytes, then, word by word from a fixed list, as few merges as make that
word one token. Any text still round-trips, since every byte is a token. The Qwen2.5-VL special tokens and the output
of its chat template are kept, so that everything that drives the large model drives this one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

END_OF_TEXT = "<|endoftext|>"
END_OF_MESSAGE = "<|im_end|>"
SPECIAL_TOKENS = (
    END_OF_TEXT,
    "<|im_start|>",
    END_OF_MESSAGE,
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
)

# What is looked at as one piece; a merge never reaches over the border of a piece. A coordinate, a tag, a word with
# the blank before it, one digit, a run of marks, a run of white space. A coordinate has no blank: a cell is one token
# wherever it is named, and the blank before it belongs to the word or the mark there.
_CELL = r"\(-?[0-9]+,-?[0-9]+\)"
_TO_CELL = rf"(?: (?={_CELL}))?"
PIECES = "|".join(
    [
        _CELL,
        r"</?[a-z]+>",
        rf" ?[A-Za-z]+{_TO_CELL}",
        r" ?[0-9]",
        rf" ?[^\sA-Za-z0-9<(]+{_TO_CELL}",
        rf"(?! {_CELL}) ?[<(]",
        r"\s+",
    ]
)

CHAT_TEMPLATE = """\
{%- set seen = namespace(images=0, videos=0) -%}
{%- macro part(item) -%}
    {%- if item is string -%}
        {{- item -}}
    {%- elif item.type == 'image' or 'image' in item or 'image_url' in item -%}
        {%- set seen.images = seen.images + 1 -%}
        {{- 'Picture ' ~ seen.images ~ ': ' if add_vision_id else '' -}}
        {{- '<|vision_start|><|image_pad|><|vision_end|>' -}}
    {%- elif item.type == 'video' or 'video' in item -%}
        {%- set seen.videos = seen.videos + 1 -%}
        {{- 'Video ' ~ seen.videos ~ ': ' if add_vision_id else '' -}}
        {{- '<|vision_start|><|video_pad|><|vision_end|>' -}}
    {%- elif 'text' in item -%}
        {{- item.text -}}
    {%- endif -%}
{%- endmacro -%}
{%- if messages and messages[0].role != 'system' -%}
    {{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' -}}
{%- endif -%}
{%- for message in messages -%}
    {{- '<|im_start|>' ~ message.role ~ '\\n' -}}
    {%- if message.content is string -%}
        {{- message.content -}}
    {%- else -%}
        {%- for item in message.content -%}
            {{- part(item) -}}
        {%- endfor -%}
    {%- endif -%}
    {{- '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{- '<|im_start|>assistant\\n' -}}
{%- endif -%}
"""


def byte_alphabet() -> list[str]:
    """The printable character that stands for each of the 256 bytes (the byte-level BPE convention of GPT-2)."""
    visible = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    stand_ins = iter(range(0x100, 0x200))
    return [chr(byte if byte in visible else next(stand_ins)) for byte in range(256)]


def piece_pattern(phrases: Iterable[str] = ()) -> str:
    """The regular expression that cuts text into pieces; `phrases` stay whole, longest first."""
    literal = (re.escape(phrase).replace("\\\n", "\n") for phrase in sorted(phrases, key=lambda p: (-len(p), p)))
    return "|".join([*literal, PIECES])


def pieces_of(text: str, pattern: str = PIECES) -> list[str]:
    """Cut `text` where the tokenizer cuts it; the pieces joined are the text again."""
    return [piece for piece, _ in pre_tokenizers.Split(Regex(pattern), "isolated").pre_tokenize_str(text)]


def apply_merges(symbols: Sequence[str], ranks: dict[tuple[str, str], int]) -> list[str]:
    """Byte-pair encode `symbols`: always the merge of the lowest rank first, the leftmost on a tie."""
    symbols = list(symbols)
    while True:
        pairs = [(ranks[pair], i) for i, pair in enumerate(pairwise(symbols)) if pair in ranks]
        if not pairs:
            return symbols
        _, i = min(pairs)
        symbols[i : i + 2] = [symbols[i] + symbols[i + 1]]


def construct_merges(pieces: Iterable[str]) -> list[tuple[str, str]]:
    """Merges that make every piece one token, in an order that depends on nothing but the order of `pieces`.

    A later merge has a higher rank and so cannot disturb a piece that is whole already.
    """
    alphabet = byte_alphabet()
    ranks: dict[tuple[str, str], int] = {}
    for piece in pieces:
        symbols = apply_merges([alphabet[byte] for byte in piece.encode()], ranks)
        while len(symbols) > 1:
            ranks[symbols[0], symbols[1]] = len(ranks)
            symbols = apply_merges(symbols, ranks)
    return list(ranks)


def build_tokenizer(
    texts: Iterable[str], phrases: Iterable[str] = (), max_length: int = 2048
) -> PreTrainedTokenizerFast:
    """Make the tokenizer in which every piece of `texts` and every phrase is one token.

    Args:
        texts: words, sentences or whole prompts; their order and content fix the ids.
        phrases: what is said in the same words every time, such as the names of the faces or the sentences of a
            prompt, with the blank before it. One token each spares a tiny model most of its reading.
        max_length: the context length that the tokenizer reports, in tokens.
    """
    phrases = tuple(dict.fromkeys(phrases))
    pattern = piece_pattern(phrases)
    distinct = dict.fromkeys([*(piece for text in texts for piece in pieces_of(text)), *phrases])
    merges = construct_merges(distinct)
    tokens = dict.fromkeys([*byte_alphabet(), *(left + right for left, right in merges)])
    backend = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(tokens)}, merges=merges))
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL_TOKENS])
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        eos_token=END_OF_MESSAGE,
        pad_token=END_OF_TEXT,
        additional_special_tokens=[token for token in SPECIAL_TOKENS if token not in (END_OF_MESSAGE, END_OF_TEXT)],
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
        model_max_length=max_length,
        padding_side="left",
    )
