"""The written-down vocabulary: round trip, whole words, the chat template of Qwen2.5-VL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng
from transformers import AutoTokenizer

from easyr1.cold_start.thinking import think, think_search
from easyr1.tiny.tokenizer import SPECIAL_TOKENS, build_tokenizer, byte_alphabet, piece_pattern, pieces_of
from easyr1.tiny.vocabulary import vocabulary_texts, whole_phrases
from games.core.chat import ChatEnv
from games.core.search import Searches

pytestmark = pytest.mark.engine

THINKING = "See red star at (0,0) (0,2). Take (0,0) and (0,2): same row"
ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)))
GAME_LIKE = st.lists(
    st.sampled_from(
        [" blue", " circle", "(0,1)", " (12,3)", "<think>", "</answer>", "\n", "  ", "é", "<|im_end|>", "("]
    )
).map("".join)


def ids_of(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False).input_ids)


def test_any_text_comes_back(tokenizer: Any) -> None:
    @given(ANY_TEXT | GAME_LIKE)
    def round_trip(text: str) -> None:
        assert tokenizer.decode(ids_of(tokenizer, text)) == text

    round_trip()


@given(ANY_TEXT | GAME_LIKE)
def test_pieces_joined_are_the_text(text: str) -> None:
    assert "".join(pieces_of(text)) == text


def test_bytes_have_256_distinct_characters() -> None:
    assert len(set(byte_alphabet())) == 256


def test_every_piece_of_a_prompt_and_a_reply_is_one_token(tokenizer: Any, envs: list[ChatEnv]) -> None:
    pattern = piece_pattern(whole_phrases(envs))
    for env in envs:
        state = env.open(5)
        reply = env.truth_reply(state, env.game.legal_actions(state)[0], THINKING)
        for text in (env.prompt, reply):
            assert len(ids_of(tokenizer, text)) == len(pieces_of(text, pattern))


def test_what_a_solver_says_has_a_token_a_word(tokenizer: Any, envs: list[ChatEnv]) -> None:
    pattern = piece_pattern(whole_phrases(envs))
    for env in envs:
        lengths = []
        for seed in range(30):
            state = env.open(seed)
            action = env.game.solve(state)
            said = think(env.game, state, action, default_rng(seed), 0)
            reply = env.truth_reply(state, action, said)
            assert len(ids_of(tokenizer, reply)) <= len(pieces_of(reply, pattern)) + 4
            lengths.append(len(ids_of(tokenizer, reply)))
        assert max(lengths) < 128


def test_a_search_has_a_token_a_word_and_room_in_a_reply(tokenizer: Any, envs: list[ChatEnv]) -> None:
    pattern, lengths = piece_pattern(whole_phrases(envs)), []
    for env in envs:
        for seed in range(200 if isinstance(env.game, Searches) else 0):
            state = env.open(seed)
            found = env.game.search(state)
            reply = env.truth_reply(state, found.action, think_search(env.game, found, default_rng(seed)))
            assert len(ids_of(tokenizer, reply)) <= len(pieces_of(reply, pattern))
            lengths.append(len(ids_of(tokenizer, reply)))
    assert lengths and 150 < max(lengths) < 176  # data.max_response_length of recipes/vlm/tiny.yaml


def test_replies_are_short(tokenizer: Any, env: ChatEnv) -> None:
    state = env.open(5)
    reply = env.truth_reply(state, env.game.legal_actions(state)[0], THINKING)
    assert len(ids_of(tokenizer, reply)) < 110


def test_the_vocabulary_is_the_same_every_time(tokenizer: Any, envs: list[ChatEnv]) -> None:
    assert build_tokenizer(vocabulary_texts(envs), whole_phrases(envs)).get_vocab() == tokenizer.get_vocab()


def test_special_tokens_are_single_and_keep_their_roles(tokenizer: Any) -> None:
    assert all(len(ids_of(tokenizer, token)) == 1 for token in SPECIAL_TOKENS)
    assert (tokenizer.eos_token, tokenizer.pad_token) == ("<|im_end|>", "<|endoftext|>")


def test_auto_tokenizer_loads_the_same(tokenizer: Any, env: ChatEnv, tmp_path: Path) -> None:
    tokenizer.save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    assert ids_of(loaded, env.prompt) == ids_of(tokenizer, env.prompt)
    assert loaded.chat_template == tokenizer.chat_template


def test_chat_template_writes_what_qwens_does(tokenizer: Any) -> None:
    question = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "What?"}]}
    answer = {"role": "assistant", "content": "This."}
    text = tokenizer.apply_chat_template([question, answer, question], tokenize=False, add_generation_prompt=True)
    asked = "<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>What?<|im_end|>\n"
    assert text == (
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
        f"{asked}<|im_start|>assistant\nThis.<|im_end|>\n{asked}<|im_start|>assistant\n"
    )


def test_chat_template_keeps_a_given_system_message_and_numbers_images_on_request(tokenizer: Any) -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "image"}, {"type": "video"}, {"type": "image"}]},
    ]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_vision_id=True)
    image, video = ("<|vision_start|><|" + kind + "_pad|><|vision_end|>" for kind in ("image", "video"))
    assert text == (
        "<|im_start|>system\nBe brief.<|im_end|>\n"
        f"<|im_start|>user\nPicture 1: {image}Video 1: {video}Picture 2: {image}<|im_end|>\n"
    )
