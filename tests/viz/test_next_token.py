"""What the next token is chosen from is what `m.generate` chose it from."""

from typing import Any

import pytest
import torch
from starlette.testclient import TestClient

import model
from model.generate import Sampling
from tests.viz.every_variant import trace
from viz.next_token import SHOWN, How, choice, ended
from viz.store import STORE

SORT = model.load("sort")
HOWS: list[dict[str, Any]] = [
    {},
    {"temperature": 1.0},
    {"temperature": 3.0, "top_k": 2},
    {"temperature": 2.0, "top_p": 0.9},
    {"temperature": 0.7, "top_k": 3, "top_p": 0.95},
    {"repetition_penalty": 2.0},
    {"temperature": 1.5, "min_p": 0.3},
    {"repetition_penalty": 1.2, "temperature": 0.9, "top_k": 50, "top_p": 0.9, "min_p": 0.05},
]


def big(d_vocab: int = 300) -> model.Model:
    """A vocabulary larger than what is shown."""
    config = model.TransformerConfig(n_layers=2, n_heads=2, d_model=16, d_mlp=8, d_vocab=d_vocab, n_ctx=40)
    return model.Model(model.Transformer(config))


@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize("words", HOWS, ids=str)
def test_every_token_of_a_run_is_the_one_that_generate_draws(words: dict[str, Any], seed: int) -> None:
    for m, ids, most in ((SORT, [2, 1, 0, 1, 1, 2], 5), (big(), [3, 5, 8], 8)):
        run = list(m.generate(ids=ids, max_new_tokens=most, seed=seed, **words))
        for draws, step in enumerate(run):
            found = choice(m.trace(ids=[*ids, *(s.id for s in run[:draws])]), How(Sampling(**words), seed, draws))
            assert found is not None
            assert found["drawn"] == step.id
            assert [f["name"] for f in found["filters"]] == list(step.stages)
            assert [f["kept"] for f in found["filters"]] == [int((p > 0).sum()) for p in step.stages.values()]
            for row in found["rows"]:
                wanted = [p[row["id"]].item() for p in step.stages.values()]
                assert row["probs"] == pytest.approx(wanted, rel=1e-4, abs=1e-6)


def test_the_likeliest_are_shown_and_the_one_that_is_drawn() -> None:
    m = big()
    found = [choice(m.trace(ids=[1, 2]), How(Sampling(temperature=50.0), seed)) for seed in range(8)]
    beyond = [one for one in found if one is not None and len(one["rows"]) > SHOWN]
    assert beyond
    for one in found:
        assert one is not None
        assert one["drawn"] in [row["id"] for row in one["rows"]]
        first = [row["probs"][0] for row in one["rows"][:SHOWN]]
        assert first == sorted(first, reverse=True)
        assert (one["stage"], one["position"]) == ("probs", 1)
        assert one["rows"][0]["probs"][0] == m.trace(ids=[1, 2])["probs"][1].max().item()


def test_the_likeliest_after_the_filters_are_shown_too() -> None:
    """A penalty may take all chance from what was likeliest before."""
    m = big(d_vocab=60)
    tr = m.trace(ids=list(range(38)))  # more than half of its vocabulary has occurred
    for penalty in (1.0, 100.0):
        found = choice(tr, How(Sampling(repetition_penalty=penalty)))
        assert found is not None
        run = next(m.generate(ids=tr["tokens"].tolist(), repetition_penalty=penalty))
        shown = [row["id"] for row in found["rows"]]
        assert {*run.stages["model"].topk(SHOWN).indices.tolist(), *run.probs.topk(SHOWN).indices.tolist()} == {*shown}
        before = [row["probs"][0] for row in found["rows"]]
        assert before == sorted(before, reverse=True)
        assert (len(shown) > SHOWN) == (penalty > 1)


def test_a_token_that_ends_the_text_is_told() -> None:
    m = model.Model(SORT.network, SORT.tokenizer, {"eos_token_id": [0]})
    found = choice(m.trace("CBABBC"), How(Sampling()))
    other = choice(m.trace("CBABBCA"), How(Sampling()))
    assert found is not None
    assert other is not None
    for one in (found, other):
        assert one["stop"] == (one["drawn"] == 0)
    assert {found["stop"], other["stop"]} == {True, False}


def test_only_what_the_model_wrote_ends_its_text() -> None:
    m = model.Model(SORT.network, SORT.tokenizer, {"eos_token_id": [1, 2]})
    for typed, written, end in (
        ("CBA", (), None),
        ("CBA", (0,), None),
        ("CBA", (0, 2), 2),
        ("CBA", (1,), 1),
        ("CBA", (2, 0), None),  # a link may say so: behind an end that is passed it may go on, too
        ("CBC", (), None),  # a person's text may end as it likes
    ):
        tr = m.trace(ids=[*m.tokenizer.encode(typed), *written])
        assert ended(tr, written) == end, (typed, written)
    assert ended(SORT.trace("CBA"), (0,)) is None  # names no end


def test_what_reads_whole_texts_has_no_next_token() -> None:
    assert choice(trace("bare"), How(Sampling())) is None
    assert choice(trace("segments, embed norm"), How(Sampling())) is None
    found = choice(trace("encoder-decoder, t5"), How(Sampling()))
    assert found is not None
    assert found["position"] == 2


def test_the_route_answers_with_the_very_choice(client: TestClient) -> None:
    tr = SORT.trace("CBABBC")
    trace_id = STORE.add(tr)
    query = {"temperature": "0.8", "top_k": "2", "top_p": "0.9", "seed": "3", "draws": "2"}
    query |= {"min_p": "0.1", "repetition_penalty": "1.3"}
    body = client.get(f"/data/{trace_id}/next", params=query).json()
    how = Sampling(temperature=0.8, top_k=2, top_p=0.9, min_p=0.1, repetition_penalty=1.3)
    assert body == choice(tr, How(how, 3, 2))
    assert [f["name"] for f in body["filters"]] == [
        "model", "repetition_penalty", "temperature", "top_k", "top_p", "min_p",
    ]  # fmt: skip
    plain = client.get(f"/data/{trace_id}/next").json()
    assert plain["greedy"]
    assert plain["drawn"] == next(SORT.generate("CBABBC")).id
    assert plain["piece"] == "A"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"temperature": "hot"}, "must be a number"),
        ({"temperature": "nan"}, "must be a number"),
        ({"temperature": "-1"}, "runs from 0 to 100"),
        ({"top_k": "0"}, "whole number from 1"),
        ({"top_p": "0"}, "larger than 0"),
        ({"top_p": "1.5"}, "runs from 0 to 1"),
        ({"seed": "x"}, "whole number"),
        ({"min_p": "1.5"}, "runs from 0 to 1"),
        ({"min_p": "little"}, "must be a number"),
        ({"repetition_penalty": "0"}, "larger than 0"),
        ({"repetition_penalty": "101"}, "runs from 0 to 100"),
        ({"draws": "99999999"}, "whole number from 0"),
        ({"beam": "4"}, "unknown parameter"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(client: TestClient, query: dict[str, str], says: str) -> None:
    trace_id = STORE.add(SORT.trace("AB"))
    answer = client.get(f"/data/{trace_id}/next", params=query)
    assert answer.status_code == 400
    assert says in answer.json()["error"]
    chinese = client.get(f"/data/{trace_id}/next", params=query | {"lang": "zh"}).json()["error"]
    assert any("\u4e00" <= c <= "\u9fff" for c in chinese)


def test_an_encoder_is_refused(client: TestClient) -> None:
    answer = client.get(f"/data/{STORE.add(trace('bare'))}/next")
    assert answer.status_code == 404
    assert "predicts none" in answer.json()["error"]


def test_a_choice_is_made_of_numbers() -> None:
    found = choice(SORT.trace("AB"), How(Sampling(temperature=0.5, top_k=1)))
    assert found is not None
    assert all(type(p) is float for row in found["rows"] for p in row["probs"])
    assert [f["kept"] for f in found["filters"]] == [3, 3, 1]
    assert torch.tensor([row["probs"][2] for row in found["rows"]]).sum().item() == pytest.approx(1)
