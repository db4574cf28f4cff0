"""What the model wrote: in the link, in the box where it can stand there, in what is run; and what is refused."""

from pathlib import Path

import pytest

import model
from pages.shared import state, written
from pages.shared.state import View, link
from tests.model.two_stacks import END, ending, t5
from tests.test_pages import ids, manifest, param, traced, walk

SORT = model.load("sort")


def test_a_link_with_written_tokens_shows_them_behind_the_text() -> None:
    run = list(SORT.generate("CBABBC", max_new_tokens=3))
    at = walk(input="CBABBC", written=",".join(str(s.id) for s in run))
    assert at.text_input(key="input_text").value == "CBABBC" + "".join(s.text for s in run)
    assert ids(at) == [SORT.tokenizer.encode("CBABBC") + [s.id for s in run]]
    found = manifest(at)["writing"]
    assert found == {"side": "", "written": [s.id for s in run], "state": "ready", "longest": 11}
    assert traced(at)["logits"][-1].argmax().item() == next(SORT.generate(ids=ids(at)[0])).id


def test_what_is_typed_takes_the_place_of_text_and_written_tokens() -> None:
    at = walk(input="CBABBC", written="0,1")
    at.text_input(key="input_text").set_value("CBABBCA").run()
    assert param(at, "input") == "CBABBCA"
    assert "written" not in at.query_params
    assert ids(at) == [SORT.tokenizer.encode("CBABBCA")]
    at = walk(input="CBABBC", written="0,1", weights="shuffled")
    assert manifest(at)["writing"]["written"] == [0, 1]


def test_a_full_input_says_so_and_one_too_many_keeps_the_last_picture() -> None:
    at = walk(input="CBABBC", written="0,1,1,1,2")
    assert manifest(at)["writing"]["state"] == "full"
    at.query_params["written"] = "0,1,1,1,2,2"
    at.run()
    assert not at.exception
    (card,) = [e.proto.body for e in at.get("html") if 'class="gf-problem"' in e.proto.body]
    assert "11" in card
    assert len(ids(at)[0]) == 11
    assert manifest(at)["writing"]["state"] == "busy"


@pytest.mark.parametrize("text", ["9", "0,x", "0,", "1e3", "99999999999"])
def test_bad_ids_in_a_link_are_refused_or_left_out(text: str) -> None:
    at = walk(input="CBABBC", written=text)
    assert not at.exception
    assert ids(at) == [SORT.tokenizer.encode("CBABBC")] or text == "9"
    problem = [e.proto.body for e in at.get("html") if 'class="gf-problem"' in e.proto.body]
    assert bool(problem) == (text == "9")


def test_ids_are_written_as_ids_where_there_is_no_tokenizer() -> None:
    net = "architecture=encoder-decoder"
    at = walk(model="scratch", net=net, target="1 2", written="3,4")
    assert at.text_input(key="input_target").value == "1 2 3 4"
    assert ids(at)[1] == [1, 2, 3, 4]
    assert manifest(at)["writing"]["side"] == "decoder"
    at.text_input(key="input_text").set_value("5 6 7").run()
    assert ids(at) == [[5, 6, 7], [1, 2, 3, 4]]


def test_behind_an_end_that_the_model_wrote_it_writes_no_more(tmp_path: Path) -> None:
    t5(tmp_path)
    name = str(tmp_path)
    ending(tmp_path, [END, 5])
    for written_ids, state_ in (("", "ready"), ("7", "ready"), ("7,1", "ended"), ("5", "ended"), ("5,7", "ready")):
        at = walk(model=name, input="the cat", target="a dog </s> sees", written=written_ids)
        assert ids(at)[1][:5] == [0, 4, 9, 1, 11]
        found = manifest(at)["writing"]
        assert found["state"] == state_, written_ids
        assert found.get("end") == {"7,1": "</s>", "5": "big"}.get(written_ids)
    at = walk(model=name, input="the cat", target="")
    assert ids(at)[1] == [0]
    assert manifest(at)["writing"]["state"] == "ready"


def test_an_encoder_writes_nothing() -> None:
    at = walk(model="scratch", net="architecture=encoder")
    assert "writing" not in manifest(at)


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ({"written": [0, 1]}, (0, 1)),
        ({"written": []}, ()),
        ({"written": [True]}, None),
        ({"written": [-1]}, None),
        ({"written": ["0"]}, None),
        ({"written": [1.5]}, None),
        ({"written": [0] * 70_000}, None),
        ({"other": 1}, None),
        ([0], None),
        (None, None),
    ],
    ids=lambda value: str(value)[:20],
)
def test_only_ids_are_heard(message: object, wanted: tuple[int, ...] | None, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = []
    monkeypatch.setattr(written, "go", lambda view, **changes: heard.append(changes["written"]))
    written.hear(View(), message)
    assert heard == ([] if wanted is None else [wanted])


def test_a_text_is_shown_grown_only_where_it_reads_back_as_the_same_tokens() -> None:
    pieces = ["a", "b", "ab", "\n"]

    class Cutting:
        """Reads "ab" as one token, but was given "a" and "b"."""

        special_ids: frozenset[int] = frozenset()

        def encode(self, text: str, special: bool = False) -> list[int]:
            found, rest = [], text
            while rest:
                piece = "ab" if rest.startswith("ab") else rest[0]
                found.append(pieces.index(piece))
                rest = rest[len(piece) :]
            return found

        def decode(self, ids: list[int]) -> str:
            return "".join(pieces[i] for i in ids)

    m = model.Model(SORT.network, Cutting())
    assert written.grown_text(View(text="b", written=(0, 0)), m) == "baa"
    assert written.grown_text(View(text="b", written=(2,)), m) == "bab"
    assert written.grown_text(View(text="b", written=(0, 1)), m) is None
    assert written.grown_text(View(text="b", written=(3,)), m) is None  # a box of one line has no line ends
    assert written.grown_text(View(text="b"), m) is None


def test_a_long_run_of_tokens_is_kept_on_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    net = "n_ctx=256;d_vocab=512;n_layers=1"
    many = (511,) * 250
    shown = link(View(model="scratch", net=net, text="1 2", written=many[:40]))
    assert "written" in shown
    monkeypatch.setattr(state, "LONGEST_IN_LINK", 512)
    held = link(View(model="scratch", net=net, text="1 2", written=many))
    assert "written_kept" in held
    assert "written" not in held
    at = walk(model="scratch", net=net, input="1 2", written_kept=held["written_kept"])
    assert ids(at) == [[1, 2, *many]]
