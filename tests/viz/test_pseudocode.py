"""Every stage has its lines in the paper's algorithms, or the paper has none and a list says so."""

import re

import pytest

from tests.viz.every_variant import CONFIGS, cases, trace
from viz import prose
from viz.algorithms import ALGORITHMS
from viz.pseudocode import EXEMPT, WHOLE, pseudocode
from viz.words import key

SAID = prose.catalogue("en")


@pytest.mark.parametrize(("name", "padded"), cases())
def test_every_stage_has_a_line_or_an_exemption(name: str, padded: bool) -> None:
    config = CONFIGS[name]
    experts = any(s is not None and s.moe is not None for s in (config.encoder, config.decoder))
    for stage in trace(name, padded).stages:
        found = pseudocode(stage, config, SAID)
        if key(stage) in EXEMPT or (experts and key(stage) == "mlp_out"):
            assert found is None
            continue
        assert found is not None, stage.name
        assert found["current"], stage.name
        assert all(0 <= i < len(found["lines"]) for i in found["current"]), stage.name
        assert found["note"].startswith(SAID.text("algorithms", "transposed"))
        assert "2207.09238" in found["source"]


def line(name: str, stage: str) -> str:
    found = pseudocode(trace(name).stage(stage), CONFIGS[name], SAID)
    assert found is not None
    (i,) = found["current"]
    return f"{found['algorithm'].partition(':')[0]}: {found['lines'][i].strip()}"


def test_the_lines_are_the_right_ones() -> None:
    decoder = "positional=learned"
    assert line(decoder, "embed") == "Algorithm 1: return e = W_e[:, v]"
    assert line(decoder, "blocks.0.ln1.mean") == "Algorithm 6: m ← Σᵢ e[i] / d_e"
    assert line(decoder, "blocks.0.attn.qk") == "Algorithm 4: S ← Kᵀ Q"
    assert line(decoder, "blocks.0.attn.attn_scores").endswith("S[t_z, t_x] ← −∞")
    assert line(decoder, "blocks.1.resid_mid").startswith("Algorithm 10: X ← X + MHAttention(X̃")
    assert "GELU" in line(decoder, "blocks.1.mlp.post")
    two = "encoder-decoder, t5"
    assert line(two, "encoder.blocks.0.resid_mid").startswith("Algorithm 8: Z ← Z + MHAttention(Z | 𝒲ˡ_enc")
    assert line(two, "decoder.blocks.0.resid_mid").startswith("Algorithm 8: X ← X + MHAttention(X | 𝒲ˡ_dec")
    assert line(two, "decoder.blocks.0.resid_cross").startswith("Algorithm 8: X ← X + MHAttention(X, Z")
    assert "W_f" in line("head=masked_word", "head.dense")
    assert line(decoder, "probs") == "Algorithm 7: return p = softmax(W_u e)"


def test_the_remarks_say_what_differs() -> None:
    def note(name: str, stage: str) -> str:
        found = pseudocode(trace(name).stage(stage), CONFIGS[name], SAID)
        assert found is not None
        return found["note"]

    assert "RMSNorm" in note("norm=rms", "blocks.0.ln1.scale")
    assert "RMSNorm" not in note("norm=layer", "blocks.0.ln1.scale")
    assert "second one" in note("mlp=swiglu", "blocks.0.mlp.post")
    assert "activation function" in note("mlp=silu", "blocks.0.mlp.post")
    assert "activation function" not in note("mlp=gelu", "blocks.0.mlp.post")
    assert "share keys" in note("attention=grouped_query", "blocks.0.attn.k")
    assert "computed" in note("positional=sinusoidal", "pos_embed")
    assert "elsewhere" in note("sandwich, rms", "blocks.0.resid_mid")


def test_the_whole_algorithms_end_in_probabilities() -> None:
    for number in WHOLE.values():
        assert ALGORITHMS[number][-1] == "return P = softmax(W_u X)"
        opened = sum(one.startswith("for l") for one in ALGORITHMS[number])
        assert ALGORITHMS[number].count("end") == opened
    assert all(not re.search(r"[\\$]", one) for lines in ALGORITHMS.values() for one in lines)
