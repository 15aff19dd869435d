"""The public page in five languages: every text and every public element has its words, the best language is found."""

import re
from pathlib import Path

import pytest

from connector.passport.disclosure import may_see
from connector.passport.elements import POINTS
from connector.passport.languages import LANGUAGES, NAMES, TEXTS, chosen, name, text
from connector.passport.view import GROUPS, NOTICE_ALL, NOTICE_MORE
from connector.passport.wording import SIGNS, UNITS, label

TEMPLATES = Path(__file__).resolve().parents[3] / "connector/web/templates"
OTHERS = [language for language in LANGUAGES if language != "en"]


def test_every_public_element_has_a_name_in_every_language() -> None:
    steps = {step for path in POINTS if may_see(path, "public") for step in path.replace("[]", "").split(".")}
    assert steps - {"left", "right"} - set(NAMES) == set()
    for language in OTHERS:
        assert all(name(step, language) for step in NAMES)


def test_every_text_of_the_pages_has_its_words() -> None:
    said = {
        found
        for file in ("passport.html", "unknown.html")
        for found in re.findall(r'say\("(.+?)"\)', (TEMPLATES / file).read_text())
    }
    said |= {title for _, title, _ in GROUPS} | {NOTICE_ALL, NOTICE_MORE}
    said |= {sign for sign in (*UNITS.values(), *SIGNS.values()) if re.search(r"[a-z]{4}", sign)} - {
        "short ton",
        "inch",
    }
    assert said - set(TEXTS) == set()


def test_no_words_are_left_in_english_by_mistake() -> None:
    same = {(english, place) for english, words in TEXTS.items() for place, word in enumerate(words) if word == english}
    assert {english for english, _ in same} <= {"Version"}
    for words in (*TEXTS.values(), *NAMES.values()):
        _, japanese, korean, chinese = words
        assert re.search(r"[\u3040-\u30ff\u4e00-\u9fff%]", japanese)
        assert re.search(r"[\uac00-\ud7af%]", korean)
        assert re.search(r"[\u4e00-\u9fff%]", chinese)


def test_labels_in_each_language() -> None:
    assert label("cycleLifeTesting") == "Cycle life testing"
    assert label("cycleLifeTesting", "de") == "Zyklenprüfung"
    assert label("voltage", "ja") == "電圧"
    assert label("GTIN", "ko") == "GTIN"
    assert text("Conformity", "zh") == "合规性"
    assert text("of no table", "de") == "of no table"


@pytest.mark.parametrize(
    ("asked", "accept", "language"),
    [
        ("", "", "en"),
        ("ja", "de", "ja"),
        ("fr", "de", "de"),
        ("", "de-AT,en;q=0.8", "de"),
        ("", "fr, ko;q=0.9, en;q=0.8", "ko"),
        ("", "en;q=0.5, zh-Hant-TW;q=0.7", "zh"),
        ("", "de;q=0", "en"),
        ("", "*", "en"),
        ("", "ja;q=2, ;;;, \x00" + "x" * 5000, "en"),
        ("<script>", "DE", "de"),
    ],
)
def test_the_best_language_is_found(asked: str, accept: str, language: str) -> None:
    assert chosen(asked, accept) == language
