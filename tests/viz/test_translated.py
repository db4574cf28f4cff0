"""What code words in English has its sentence in every language."""

import re

import pytest

import model
from model.checkpoints import cards
from model.registry import variants
from pages.shared.networks import CHOICES, SEAMS
from tests.viz.english import labels, raised
from tests.viz.every_variant import NAMES, trace
from viz import prose
from viz.translated import Sentences

OTHERS = [code for code in prose.languages() if code != prose.DEFAULT]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PLACES = (
    "model",
    "pages/shared",
    "pages/home.py",
    "viz/tensors.py",
    "viz/difference.py",
    *(f"viz/routes/{n}.py" for n in ("asking", "numbers", "sayings", "changes", "writing")),
)
# Nothing but holes and signs; made in two steps, whose sentences are in the table; or met nowhere on a page.
NO_WORDS = {
    "{1}: {2}",
    "this trace has no stage {1}{2}.",
    "config.json: {1}={2} {3}.",
    "config.json: {1}={2} must be {3}.",
}
UNREACHED = ("model/checkpoints/verify", "model/positional/drawn")
# What a label may hold beside Chinese: names of tensors and functions, numbers, signs.
NAMES_AND_SIGNS = re.compile(r"(?:[\w.]+\[[\d, ]*\]|[A-Za-z_][\w{}]*\(|\b(?:cos|sin|ln|eps|tanh|[A-Za-z])\b)")


def holes(text: str) -> set[str]:
    return set(re.findall(r"\{\d+\}", text))


def test_holes_are_filled_and_translated_again() -> None:
    said = Sentences({"{1} is empty": "{1}空", "no {1}: {2}": "{2}；无{1}", "no {1}": "无{1}", "the text": "文本"})
    assert said("the text is empty") == "文本空"
    assert said("no {1}: the text") == "文本；无{1}"
    assert said("no way") == "无way"
    assert said("a (b) is empty\nnow") == "a (b) is empty\nnow"
    assert said("a (b)\nis empty") == "a (b)\nis empty"
    assert said("a (b)\n is empty") == "a (b)\n空"
    assert Sentences({})("the text") == "the text"


@pytest.mark.parametrize("code", OTHERS)
def test_every_error_has_its_sentence(code: str) -> None:
    table = prose.catalogue(code).tables["messages"]
    missing = [
        (file, text)
        for file, text in raised(*PLACES)
        if not file.startswith(UNREACHED) and text not in NO_WORDS and not text.startswith("??") and text not in table
    ]
    assert not missing, f"say these in viz/prose/{code}.toml, [messages]"


@pytest.mark.parametrize("code", OTHERS)
def test_every_label_has_its_words(code: str) -> None:
    table = prose.catalogue(code).tables["labels"]
    for file, text in labels("model"):
        words = re.sub(r"\{\d+\}", "", text)
        if not text.startswith("??") and re.search(r"[A-Za-z]{4}", words):
            assert text in table, f"{file}: say {text!r} in viz/prose/{code}.toml, [labels]"


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("table", ["messages", "labels", "parts"])
def test_no_hole_is_lost(code: str, table: str) -> None:
    for english, other in prose.catalogue(code).tables[table].items():
        assert holes(english) == holes(other), english
        assert CHINESE.search(other) or table == "parts" or english in NO_WORDS, english
        assert len(re.sub(r"\{\d+\}|\W", "", english)) >= 3, english


@pytest.mark.parametrize("name", [name for name in NAMES if "drawn" not in name])  # a formula is somebody's text
def test_labels_of_every_variant_are_chinese_or_bare(name: str) -> None:
    tr, said = trace(name), prose.catalogue("zh")
    for stage in tr.stages:
        if 0 in stage.shape:
            continue
        for cell in {(0,) * len(stage.shape), tuple(n - 1 for n in stage.shape)}:
            for term in tr.explain(stage.name, cell).terms:
                left = NAMES_AND_SIGNS.sub("", said.label(term.label))
                assert not re.search(r"[A-Za-z]{3}", left), (stage.name, term.label, left)


def test_parts_and_their_options() -> None:
    said = prose.catalogue("zh")
    names = {"ALiBi", "FIRE", "KERPLE", "xPos", "LayerNorm", "RMSNorm"}
    for package in SEAMS.values():
        for word, variant in variants(package).items():
            title = variant.title  # type: ignore[attr-defined]
            assert said.part(title) != title or title in names or package == "mlp", title
            for name, option in variant.OPTIONS.items():  # type: ignore[attr-defined]
                if not option.choices and not isinstance(option.default, (int, float)):
                    continue  # no control sets it
                assert CHINESE.search(said.part(option.help)), (word, option.help)
                assert all(prose.catalogue(code).has("options", name) for code in prose.languages()), name
                for one in option.choices or ():
                    assert CHINESE.search(said.part(str(one))) or one in variants("mlp"), one
    for known in CHOICES.values():
        assert all(CHINESE.search(said.part(one)) for one in known)


def test_cards() -> None:
    said = prose.catalogue("zh")
    for card in cards():
        for key in ("title", "what", "good_for"):
            assert key not in card or CHINESE.search(said.message(card[key])), card[key]
        for example in card.get("examples", []):
            assert example["why"].keys() == set(prose.languages())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "请至少输入一个字符"),
        ("CBX", "第 3 个字母是 'X'；这个模型只认识 A, B, C。"),
        ("A" * 12, "文本有 12 个词元"),
    ],
)
def test_a_refusal_in_chinese(text: str, said: str) -> None:
    with pytest.raises(model.InputError) as refused:
        model.load("sort").trace(text)
    assert said in prose.catalogue("zh").message(str(refused.value))
