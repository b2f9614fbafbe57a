from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.core.grid import read_cells, read_coordinates, write_cells

LABELS = ("empty", "blue circle", "red star", "2048")
BOARD = "(0,0) blue circle; (0,1) empty\n(1,0) 2048; (1,1) red star"
TRUTH = {(0, 0): "blue circle", (0, 1): "empty", (1, 0): "2048", (1, 1): "red star"}


@given(st.integers(1, 16), st.integers(1, 16), st.data())
def test_read_takes_write_back(rows: int, columns: int, data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.integers(0, 3), min_size=rows * columns, max_size=rows * columns))
    text = write_cells(numbers, rows, columns, LABELS)
    truth = {divmod(index, columns): LABELS[number] for index, number in enumerate(numbers)}
    assert read_cells(text, rows, columns) == truth
    assert read_cells(text, rows, columns, partial=True) == truth
    assert text.count("\n") == rows - 1


def test_the_stated_form() -> None:
    assert write_cells([1, 0, 3, 2], 2, 2, LABELS) == BOARD
    assert read_cells(BOARD, 2, 2) == TRUTH


@pytest.mark.parametrize(
    "text",
    [
        BOARD.replace("\n", " "),
        BOARD.replace("\n", "; "),
        BOARD.replace(" ", "\n"),
        BOARD.replace("; ", ";"),
        BOARD.replace("(", " ( ").replace(",", " ,\t").replace(")", " )"),
        BOARD.upper(),
        f"\n\r\t {BOARD} \f",
    ],
)
def test_white_space_and_letter_case_are_free(text: str) -> None:
    assert read_cells(text, 2, 2) == TRUTH


@pytest.mark.parametrize(
    "text",
    [
        f"I see {BOARD}",
        f"{BOARD}.",
        f"{BOARD};",
        BOARD.replace(";", ";;"),
        BOARD.replace(";", ","),
        BOARD.replace("(0,0)", "(00,0)"),
        BOARD.replace("(0,0)", "(-0,0)"),
        BOARD.replace("(0,0)", "(0.0,0)"),
        BOARD.replace("(0,0)", "(0 0)"),
        BOARD.replace("(0,0)", "[0,0]"),
        BOARD.replace("(0,0)", "(\u0660,0)"),
        BOARD.replace("(0,0)", "(\uff10,0)"),
        BOARD.replace("(0,0)", "(2,0)"),
        BOARD.replace("(0,0)", f"({'9' * 5000},0)"),
        BOARD.replace("(0,0)", "(1,1)"),
        BOARD.replace("blue", "blue-ish"),
        BOARD.replace("blue", "<b>blue</b>"),
        BOARD.replace("blue", "b\u0142ue"),
        BOARD.replace("blue circle", ""),
        BOARD.replace("blue circle", "a b c d e"),
        BOARD.replace(" blue", "\u00a0blue"),
        "",
        "\n",
        ";",
    ],
)
def test_nothing_else_is_read(text: str) -> None:
    assert read_cells(text, 2, 2) is None


def test_a_kelvin_sign_is_no_letter() -> None:
    assert read_cells("(0,0) blac\u212a cross", 1, 2) is None
    assert read_cells("(0,0) cro\u017fs", 1, 2) is None


def test_part_of_a_board() -> None:
    assert read_cells("(1,1) red star; (0,0) empty", 2, 2) == {(1, 1): "red star", (0, 0): "empty"}
    partial = read_cells("maybe (0,0) blue circle; (0,1) empty; (5,5) empty; (1,0) 2048; (1,0) 4", 2, 2, partial=True)
    assert partial == {(0, 1): "empty"}
    assert read_cells("nothing", 2, 2, partial=True) is None


@given(st.text(alphabet=st.sampled_from("(),;0129 \nab-.\u0661\uff11\u00b2"), max_size=60))
def test_readers_never_raise_and_never_alias(text: str) -> None:
    for partial in (False, True):
        for (row, column), label in (read_cells(text, 3, 12, partial) or {}).items():
            assert f"({row},{column})" in "".join(text.split()), "a coordinate stands for itself"
            assert label.isascii() and label == label.lower()
    cells = read_coordinates(text, 2, 3, 12)
    if cells is not None:
        spelled = "".join(text.split())
        (r1, c1), (r2, c2) = cells
        assert spelled in {f"({r1},{c1}){comma}({r2},{c2})" for comma in ("", ",")}


@given(st.characters(categories=["Nd", "No", "Nl"]))
def test_digits_are_ascii(digit: str) -> None:
    cells = read_coordinates(f"({digit},0) (1,1)", 2, 10, 10)
    assert cells == ([(unicodedata.digit(digit), 0), (1, 1)] if digit.isascii() else None)


@pytest.mark.parametrize(
    "piece", ["(", "0", "a", " ", "\n", ";", "(0,0) ", "(0,0) a", "(0,0) a;", "(0,0)\n", "\n(", "a ", ","]
)
def test_time_is_linear(piece: str) -> None:
    def measure(num_chars: int) -> float:
        text = piece * (num_chars // len(piece)) + "!"
        best = float("inf")
        for _ in range(3):
            start = time.perf_counter()
            read_cells(text, 16, 16), read_cells(text, 16, 16, partial=True), read_coordinates(text, 2, 16, 16)
            best = min(best, time.perf_counter() - start)
        return best

    # Quadratic time would take 64 times as long, linear time takes 8 times; a busy machine gets a few tries.
    assert any(measure(160_000) < 32 * max(measure(20_000), 1e-3) for _ in range(5))
