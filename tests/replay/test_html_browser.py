"""The page in a browser: what a person does with it, and what a hostile reply cannot do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from easyr1.replay.episodes import Recording
from easyr1.replay.html import write_page
from tests.replay.browser import Browser
from tests.replay.make_runs import HOSTILE, UNSAID_CELL, WRONG_CELL, WRONG_LABEL, write_evaluation, write_training

ROWS = COLUMNS = 4
POSITION = "document.getElementById('position').textContent"
BOARD = "document.getElementById('board').src"
SELECTED = "[...document.querySelectorAll('[aria-selected=true]')].map(item => item.id)"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    runs = {"evaluation": write_evaluation(folder / "evaluation"), "training": write_training(folder / "training")}
    for name, run in runs.items():
        write_page(Recording.open(run), folder / f"{name}.html")
    return {name: folder / f"{name}.html" for name in runs}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as browser:
        yield browser


@pytest.fixture
def evaluation(browser: Browser, pages: dict[str, Path]) -> Browser:
    return reopen(browser, pages["evaluation"])


@pytest.fixture
def training(browser: Browser, pages: dict[str, Path]) -> Browser:
    return reopen(browser, pages["training"])


def reopen(browser: Browser, page: Path) -> Browser:
    browser.send("Page.navigate", url="about:blank")
    browser.dialogs.clear()
    browser.requests.clear()
    browser.open(page)
    browser.wait_for("document.getElementById('board').complete")
    return browser


def texts(browser: Browser, selector: str) -> list[str]:
    found: list[str] = browser.run(f"[...document.querySelectorAll({json.dumps(selector)})].map(x => x.textContent)")
    return found


def choose(browser: Browser, field: str, value: str) -> None:
    where = f"document.getElementById({json.dumps(field)})"
    browser.run(f"{where}.value = {json.dumps(value)}; {where}.dispatchEvent(new Event('input', {{bubbles: true}}))")


def test_the_keys_step_through_an_episode_and_the_board_changes(evaluation: Browser) -> None:
    boards = [evaluation.run(BOARD)]
    assert evaluation.run(POSITION) == "turn 1 of 3"
    for number in (2, 3, 3):
        evaluation.press("ArrowRight")
        assert evaluation.run(POSITION) == f"turn {number} of 3"
        boards.append(evaluation.run(BOARD))
    assert boards[2] == boards[3] and len(set(boards)) == 3
    assert all(board.startswith("data:image/png;base64,") for board in boards)
    evaluation.wait_for("document.getElementById('board').naturalWidth === 112")
    evaluation.press("ArrowLeft")
    assert (evaluation.run(POSITION), evaluation.run(BOARD)) == ("turn 2 of 3", boards[1])
    evaluation.press("Home")
    assert (evaluation.run(POSITION), evaluation.run(BOARD)) == ("turn 1 of 3", boards[0])
    evaluation.press("End")
    assert evaluation.run(POSITION) == "turn 3 of 3"


def test_the_keys_go_from_episode_to_episode(evaluation: Browser) -> None:
    first = evaluation.run(BOARD)
    assert evaluation.run(SELECTED) == ["episode-0"]
    evaluation.press("ArrowDown")
    assert evaluation.run(SELECTED) == ["episode-1"] and evaluation.run(BOARD) != first
    evaluation.press("ArrowDown")
    assert evaluation.run(SELECTED) == ["episode-1"]
    evaluation.press("ArrowUp")
    assert evaluation.run(SELECTED) == ["episode-0"] and evaluation.run(BOARD) == first


def test_buttons_and_slider_do_the_same(evaluation: Browser) -> None:
    evaluation.run("document.getElementById('next').click()")
    assert evaluation.run(POSITION) == "turn 2 of 3"
    choose(evaluation, "slider", "3")
    assert evaluation.run(POSITION) == "turn 3 of 3"
    assert evaluation.run("document.getElementById('next').disabled")
    evaluation.run("document.getElementById('first').click()")
    assert evaluation.run(POSITION) == "turn 1 of 3"


def test_wrong_cells_are_marked_where_they_are(evaluation: Browser) -> None:
    script = """[...document.querySelectorAll('.mark')].map(mark => {
        const box = mark.getBoundingClientRect(), board = document.getElementById('board').getBoundingClientRect();
        return [mark.classList.contains('unsaid'), (box.y - board.y) / board.height, (box.x - board.x) / board.width,
                box.height / board.height, box.width / board.width];
    })"""
    marks = evaluation.run(script)
    assert [mark[0] for mark in marks] == [False, True]
    for mark, (row, column) in zip(marks, (WRONG_CELL, UNSAID_CELL), strict=True):
        assert mark[1:] == pytest.approx([row / ROWS, column / COLUMNS, 1 / ROWS, 1 / COLUMNS], abs=0.01)
    lines = texts(evaluation, "#wrong li")
    assert lines[0].startswith(f"(1,2) said {WRONG_LABEL}, is ")
    assert lines[1].startswith("(2,0) left out or said twice, is ")
    evaluation.run("document.querySelector('#wrong li').focus()")
    assert texts(evaluation, "#hover") == lines[:1]
    evaluation.press("m")
    assert evaluation.run("getComputedStyle(document.getElementById('marks')).display") == "none"
    evaluation.press("m")
    evaluation.press("ArrowRight")
    assert evaluation.run(script) == []


def test_a_hostile_reply_is_shown_and_not_run(evaluation: Browser) -> None:
    shown = HOSTILE.replace("\u202e", "U+202E")
    assert texts(evaluation, ".part.think pre") == [shown]
    choose(evaluation, "f-text", "onerror")
    assert texts(evaluation, "#count") == ["1 of 2 episodes"]
    assert evaluation.run("document.title") == "evaluation - replay"
    assert evaluation.run("document.querySelectorAll('script').length") == 2
    assert evaluation.run("document.querySelectorAll('#stage b b, #stage script, #stage img:not(#board)').length") == 0
    assert evaluation.dialogs == []
    assert all(url.startswith(("file:///", "data:image/png")) for url in evaluation.requests)


def test_a_script_that_got_into_the_page_would_not_run(evaluation: Browser) -> None:
    evaluation.run("""(() => {
        const script = document.createElement("script");
        script.textContent = "document.title = 'owned'";
        document.body.append(script);
        const image = document.createElement("img");
        image.setAttribute("onerror", "document.title = 'owned'");
        image.src = "nothing:";
        document.body.append(image);
    })()""")
    evaluation.run("new Promise(resolve => setTimeout(resolve, 100))")
    assert evaluation.run("document.title") == "evaluation - replay"


def test_a_reply_is_split_into_its_parts(evaluation: Browser) -> None:
    assert texts(evaluation, ".part h3") == ["Perception", "Thinking", "Answer"]
    figures = "".join(texts(evaluation, "#figures"))
    assert "Statuslegal" in figures and "Advantage" not in figures and "Tokens" not in figures


def test_filters_and_order(training: Browser) -> None:
    def listed() -> Any:
        return training.run("[...document.querySelectorAll('#list li')].map(item => Number(item.id.slice(8)))")

    assert listed() == list(range(9))
    for field, value, expected in (
        ("f-where", "step 2", [6, 7, 8]),
        ("f-seen", "right", [0, 3, 6]),
        ("f-status", "unreadable", [2, 5, 8]),
        ("f-high", "0", [2, 5, 8]),
        ("f-low", "5.9", [0, 3, 6]),
        ("f-text", "NO IDEA", [2, 5, 8]),
        ("f-text", "nowhere to be found", []),
        ("f-sort", "-advantage", [3, 6, 0, 1, 2, 4, 7, 5, 8]),
        ("f-sort", "reward", [0, 3, 6, 1, 4, 7, 2, 5, 8]),
        ("f-sort", "-reward", [2, 5, 8, 1, 4, 7, 0, 3, 6]),
    ):
        choose(training, field, value)
        assert listed() == expected, (field, value)
        assert training.run("document.getElementById('stage').hidden") == (not expected)
        training.run("document.getElementById('filters').reset()")
        choose(training, "f-text", "")


def test_siblings_stand_side_by_side_with_their_advantages(training: Browser) -> None:
    training.run("location.hash = '#4.2'")
    training.wait_for(f"{SELECTED}[0] === 'episode-4'")
    assert training.run(POSITION) == "turn 2 of 2"
    assert texts(training, ".sibling button")[0].startswith("no. 0")
    assert [text.split("advantage ")[1] for text in texts(training, ".sibling .body span")] == ["+1", "0", "\u22121"]
    training.run("document.querySelectorAll('.sibling button')[2].click()")
    assert training.run(SELECTED) == ["episode-5"]
    assert texts(training, ".part h3") == ["Outside the blocks"]
    assert "Advantage\u22121" in texts(training, "#figures")[0]


def test_a_failed_policy_is_shown_with_its_reason(evaluation: Browser) -> None:
    assert texts(evaluation, "#failure") == ["policy failed: the script has 3 replies, turn 3 asks for one more"]
    assert not evaluation.run("document.getElementById('failure').hidden")


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_nothing_is_wider_than_the_window(pages: dict[str, Path], width: int, height: int) -> None:
    with Browser(width, height, scheme="dark") as browser:
        browser.open(pages["training"], "#1.1")
        assert browser.run("document.documentElement.scrollWidth") == width
        assert browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"
        if width < 600:
            assert not browser.run("document.getElementById('list').checkVisibility()")
            browser.run("document.getElementById('show-side').click()")
        assert browser.run("document.getElementById('list').checkVisibility()")
