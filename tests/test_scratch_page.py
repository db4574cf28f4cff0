"""Networks from scratch on the walkthrough: every part can be chosen, and what cannot go together is said."""

import pytest
import torch

from model.registry import variants
from pages.shared import networks
from pages.shared.kept import TABLES, Kept
from pages.shared.networks import SEAMS
from tests.test_pages import bodies, manifest, opened, param, traced, walk


@pytest.fixture
def steps() -> tuple[tuple[float, ...], ...]:
    """[head, distance] of a bias."""
    return ((0.0, -1.0, -2.5), (3.0, 0.5, 0.0))


@pytest.mark.parametrize(
    "net",
    [f"{word}={name}" for word, package in SEAMS.items() if word != "mlp" for name in variants(package)]
    + [
        "architecture=encoder",
        "architecture=encoder-decoder;positional=t5;mask=sliding_window",
        "norm_placement=post;mlp=swiglu",
        "norm_placement=sandwich;norm=rms;attn_softcap=5.0",
        "parallel=True;embed_norm=True;n_segments=2;tied_unembed=True",
    ],
)
def test_networks_from_scratch(net: str) -> None:
    if "grouped" in net:
        net += ";n_heads=4;n_kv_heads=2"
    at = walk(model="scratch", net=net)
    assert "gf-problem" not in bodies(at)
    assert [s["name"] for s in manifest(at)["stages"]] == traced(at).names


def test_a_choice_of_parts_goes_into_the_link() -> None:
    at = walk(model="scratch")
    at.selectbox(key="net_positional").select("rotary").run()
    assert not at.exception
    assert param(at, "net") == "positional=rotary"
    at.selectbox(key="net_architecture").select("encoder-decoder").run()
    assert not at.exception
    assert len(at.text_input) == 2


def test_impossible_choices_are_said_in_words() -> None:
    at = opened("walkthrough.py", model="scratch", net="n_heads=3")
    assert not at.exception
    assert "not divisible" in bodies(at)


def test_the_short_form_of_a_network_reads_back() -> None:
    for net in ("", "positional=rotary;rotary_base=500.0", "architecture=encoder;n_layers=3;parallel=True"):
        assert networks.write(networks.parse(net)) == net


def test_a_table_of_ones_own_is_opened_by_its_word(steps: tuple[tuple[float, ...], ...]) -> None:
    net = f"positional=drawn;drawn_table={TABLES.keep(steps)}"
    assert networks.write(networks.parse(net)) == net
    at = walk(model="scratch", net=net)
    assert "gf-problem" not in bodies(at)
    bias = traced(at)["blocks.1.attn.bias"]
    far = torch.arange(bias.shape[-1])
    wanted = torch.tensor(steps)[:, (far[:, None] - far).clamp(0, 2)]
    seen = far[:, None] >= far
    torch.testing.assert_close(bias[:, seen], wanted[:, seen])
    at.text_input(key="net_drawn_table").set_value("").run()
    assert param(at, "net") == "positional=drawn"


@pytest.mark.parametrize(("language", "words"), [("en", "not on this server any more"), ("zh", "已不在这台服务器上")])
def test_a_link_whose_table_has_gone_says_so(language: str, words: str) -> None:
    at = opened("walkthrough.py", model="scratch", net="positional=drawn;drawn_table=AbCdEfGh", lang=language)
    assert not at.exception
    assert words in bodies(at)


def test_what_is_kept_is_bounded_and_has_one_word(steps: tuple[tuple[float, ...], ...]) -> None:
    kept: Kept[object] = Kept(2)
    first = kept.keep(steps)
    assert (kept.keep(steps), kept.get(first)) == (first, steps)
    second = kept.keep("other")
    kept.get(first)  # what is used stays
    third = kept.keep("third")
    assert [kept.get(word) for word in (first, second, third)] == [steps, None, "third"]
