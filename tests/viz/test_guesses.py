"""Questions are answered by the trace: each answer worked out again here, another way."""

import itertools
from typing import Any

import numpy as np
import pytest

import model
from model import Trace
from tests.viz.every_variant import cases, trace
from viz import labels, prose, shuffling
from viz.arrays import short, to_numpy
from viz.chapters import predicting
from viz.facts import facts
from viz.guesses import guess
from viz.markup import plain
from viz.pinned import worth_pinning
from viz.words import key

SAID = prose.catalogue("en")


def questions(tr: Trace) -> list[tuple[Any, dict[str, Any]]]:
    asked = ((stage, guess(tr, stage, SAID)) for stage in tr.stages)
    return [(stage, found) for stage, found in asked if found is not None]


@pytest.mark.parametrize(("name", "padded"), cases())
def test_questions_are_well_formed_and_always_the_same(name: str, padded: bool) -> None:
    tr = trace(name, padded)
    found = questions(tr)
    keys = [g["key"] for _, g in found]
    assert len(set(keys)) == len(keys) - max(keys.count("next") - 1, 0)  # one question, wherever its answer shows
    for stage, asked in found:
        assert 2 <= len(asked["options"]) <= 5
        assert len(set(asked["options"])) == len(asked["options"])
        assert 0 <= asked["answer"] < len(asked["options"])
        assert guess(tr, stage, SAID) == asked
        other = guess(tr, stage, prose.catalogue("zh"))
        assert other is not None
        assert other["answer"] == asked["answer"]
        assert len(other["options"]) == len(asked["options"])


@pytest.mark.parametrize(("name", "padded"), cases())
def test_what_comes_next_is_the_likeliest_token(name: str, padded: bool) -> None:
    tr = trace(name, padded)
    where = predicting(tr)
    if where is None:
        return
    asked = guess(tr, tr.stage(where), SAID)
    assert asked is not None
    side = "decoder." if "decoder.tokens" in tr else ""
    mask = tr.get(f"{side}mask")
    last = len(tr[f"{side}tokens"]) - 1 if mask is None else int(mask.sum()) - 1
    row = to_numpy(tr["logits"])[last]
    best = max(range(len(row)), key=lambda i: row[i])
    assert asked["options"][asked["answer"]] == f"“\u2068{best}\u2069”"  # there is no tokenizer, so ids are shown
    assert short(to_numpy(tr[where])[last, best].item(), 4) in plain(asked["reveal"][0])
    assert worth_pinning(tr, tr.stage(where)) == (last, best)
    (fact,) = facts(tr, tr.stage(where), SAID)
    assert [s["index"] for s in fact if "index" in s] == [[last, best]]


def test_a_hidden_score_is_shown_first() -> None:
    tr = trace("mask=causal")
    stage = tr.stage("blocks.0.attn.attn_scores")
    assert np.isneginf(to_numpy(tr[stage.name])[worth_pinning(tr, stage)])


@pytest.mark.parametrize(("name", "padded"), cases())
def test_a_head_really_looks_there(name: str, padded: bool) -> None:
    tr = trace(name, padded)
    for stage in tr.stages:
        asked = guess(tr, stage, SAID) if key(stage) == "pattern" else None
        if asked is None:
            continue
        x = to_numpy(tr[stage.name])
        (quoted,) = [s for s in asked["reveal"][0] if "index" in s]
        head, query, k = quoted["index"]
        assert x[head, query].argmax() == k
        assert asked["options"][asked["answer"]].startswith(f"key {k} ")
        for option in asked["options"]:
            assert x[head, query, int(option.split()[1])] > 0  # a hidden token is not offered
        question = plain(asked["question"])
        assert f"head {head} " in question
        assert f"query {query} " in question
        (fact,) = facts(tr, stage, SAID)
        assert [s["index"] for s in fact if "index" in s] == [quoted["index"]]
        assert worth_pinning(tr, stage) == tuple(quoted["index"])
        # Where any other head and query look past the first token and themselves, this one does.
        across = ".cross_attn." in stage.name
        rows = itertools.product(range(x.shape[0]), range(x.shape[1]))
        good = [
            (h, q) for h, q in rows
            if x[h, q].argmax() != 0 and (across or x[h, q].argmax() != q)
        ]  # fmt: skip
        if good:
            assert (head, query) in good
            assert x[head, query].max() == max(x[h, q].max() for h, q in good)


SHUFFLED = ["positional=learned", "positional=rotary", "positional=none", "mask=bidirectional", "bare",
            "encoder-decoder, t5", "segments, embed norm"]  # fmt: skip


@pytest.mark.parametrize("name", SHUFFLED)
def test_what_survives_a_shuffle_is_measured(name: str) -> None:
    tr = trace(name)
    side = "encoder." if "encoder.tokens" in tr else ""
    asked = guess(tr, tr.stage(f"{side}embed_sum"), SAID)
    assert asked is not None
    order = shuffling.shuffled(tr[f"{side}tokens"].tolist())
    assert order is not None
    assert sorted(order) == list(range(len(order)))
    assert all(i != o for i, o in enumerate(order))
    ids = [tr[f"{side}tokens"].tolist()[o] for o in order]
    assert " ".join(f"\u2068{i}\u2069" for i in ids) in plain(asked["question"])
    target = None if tr.inputs.target is None else tr.inputs.target.tolist()
    other = tr.network.trace(ids=ids, target=target)  # type: ignore[union-attr]
    before, after = to_numpy(tr[f"{side}embed_sum"]), to_numpy(other[f"{side}embed_sum"])
    moved = [np.allclose(before[o], after[i], rtol=1e-4, atol=1e-5) for i, o in enumerate(order)]
    assert asked["answer"] == (0 if all(moved) else 1 if any(moved) else 2)
    largest = max(np.abs(before[o] - after[i]).max() for i, o in enumerate(order))
    assert f"is {short(float(largest), 3)};" in plain(asked["reveal"][0])


def test_without_positions_all_survives_and_with_them_nothing() -> None:
    def answer(name: str) -> int:
        asked = guess(trace(name), trace(name).stage("embed_sum"), SAID)
        assert asked is not None
        return asked["answer"]

    assert answer("positional=none") == 0
    assert answer("bare") == 0
    assert answer("positional=learned") == 2


def test_a_shuffle_is_not_asked_about_where_it_could_not_be_measured() -> None:
    tr = trace("positional=learned", True)  # padding moves with its token, and then hides another place
    assert guess(tr, tr.stage("embed_sum"), SAID) is None
    network = trace("positional=learned").network
    assert network is not None
    same = network.trace(ids=[3, 3, 3])
    assert guess(same, same.stage("embed_sum"), SAID) is None
    edited = network.trace(ids=[1, 2, 3], edits=[model.Edit("embed", "zero", position=0)])
    assert guess(edited, edited.stage("embed_sum"), SAID) is None


def test_a_short_input_has_an_answer_or_no_question() -> None:
    network = trace("positional=learned").network
    assert network is not None
    for ids in ([2], [2, 3], [1, 1, 2]):
        tr = network.trace(ids=ids)
        for stage, asked in questions(tr):
            assert asked["options"][asked["answer"]], stage.name


def test_the_letters_of_sort_are_offered() -> None:
    m = model.load("sort")
    tr = m.trace("CBABBC")
    asked = guess(tr, tr.stage("probs"), SAID)
    assert asked is not None
    best = int(tr["logits"][-1].argmax())
    assert labels.pieces(tr, [best])[0] in asked["options"][asked["answer"]]
    assert len(asked["options"]) == 3
