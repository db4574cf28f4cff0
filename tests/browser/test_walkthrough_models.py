"""Networks of every kind walked in a real browser: from scratch, from a folder, real ones, and long inputs."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import transformers
from playwright.sync_api import Browser

import model
from model.config import PLACEMENTS
from model.registry import variants
from pages.shared.networks import config_of, example_ids
from tests.browser.cards import PATTERN, check_card, every_step, walk_all
from tests.browser.visits import ROOT, opened, press, ready

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

NETS = [
    "architecture=encoder-decoder",
    "architecture=encoder-decoder;positional=t5;norm=rms;norm_placement=sandwich",
    "architecture=encoder;mask=bidirectional;norm_placement=post",
    "positional=alibi;norm=rms;mlp=geglu;attention=multi_query",
    "positional=rotary;mlp=swiglu;attention=grouped_query;n_heads=4;n_kv_heads=2",
    "positional=sinusoidal;parallel=True;mask=sliding_window",
    "positional=none;norm=none",
]


@pytest.mark.parametrize("net", NETS)
def test_networks_from_scratch(net: str, app: str, browser: Browser) -> None:
    config = config_of(net)
    network = model.Model(model.Transformer(config))
    words: dict[str, Any] = {"target": example_ids(config, True)} if config.architecture == "encoder-decoder" else {}
    trace = network.trace(ids=example_ids(config, False), **words)
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?model=scratch&net={net.replace(';', '%3B').replace('=', '%3D')}")
        walk_all(page, trace, every=4)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["minilm", "smollm2"])
def test_real_models(name: str, app: str, browser: Browser) -> None:
    text = "The capital of France is"
    trace = model.load(name).trace(text)
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?model={name}&input={text.replace(' ', '%20')}")
        page.locator('[data-glassformer="walkthrough"][data-ready="true"]').wait_for(timeout=300_000)
        for stage in ("embed", "blocks.0.attn.pattern", "blocks.2.mlp.post", trace.names[-1]):
            page.evaluate("stage => { location.hash = `stage=${stage}` }", stage)
            ready(page, stage)
            assert check_card(page, trace)[0] == stage
        every_step(page)
        press(page, "Home", trace.names[0])
        for wanted in trace.names[1:20]:
            press(page, "ArrowRight", wanted)


STEPS = 24  # through a whole block of each


@pytest.mark.parametrize("positional", sorted(variants("positional")))
def test_every_positional_encoding(positional: str, app: str, browser: Browser) -> None:
    placement = PLACEMENTS[sorted(variants("positional")).index(positional) % len(PLACEMENTS)]
    net = f"positional={positional};norm_placement={placement};norm=rms"
    config = config_of(net)
    trace = model.Model(model.Transformer(config)).trace(ids=example_ids(config, False))
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?model=scratch&net={quote(net)}")
        ready(page, trace.names[0])
        every_step(page)
        for name in trace.names[:STEPS]:
            ready(page, name)
            page.keyboard.press("ArrowRight")
        where = "blocks.0.attn.pattern"
        page.evaluate("stage => { location.hash = `stage=${stage}` }", where)
        ready(page, where)
        assert check_card(page, trace)[0] == where


SIZES = {"d_model": 16, "d_kv": 8, "d_ff": 24, "num_layers": 1, "num_heads": 2, "vocab_size": 20}
MARIAN = {
    "d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2,
    "encoder_ffn_dim": 24, "decoder_ffn_dim": 24, "vocab_size": 20, "max_position_embeddings": 16, "pad_token_id": 19,
    "decoder_start_token_id": 19, "eos_token_id": 0, "forced_eos_token_id": 0, "scale_embedding": True,
}  # fmt: skip


@pytest.mark.parametrize("family", ["t5", "marian"])
def test_a_folder_with_two_stacks(family: str, app: str, browser: Browser, tmp_path: Path) -> None:
    place = tmp_path / family
    if family == "t5":
        made: Any = transformers.T5ForConditionalGeneration(transformers.T5Config(**SIZES, decoder_start_token_id=0))
    else:
        made = transformers.MarianMTModel(transformers.MarianConfig(**MARIAN))
    made.save_pretrained(place)
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?model={quote(str(place), safe='')}")
        ready(page)
        chips = page.locator(".tokens .token-row")
        ids = [[int(t) for t in row.locator(".chip bdi").all_inner_texts()] for row in chips.all()]
        trace = model.load(str(place)).trace(ids=ids[0], target=ids[1])
        walk_all(page, trace, every=6)


def test_256_tokens_fetch_what_is_in_view(app: str, browser: Browser) -> None:
    """An attention pattern of all heads is 2.4 MB; a pane shows a part of it, and only that is asked for."""
    model.load("smollm2")
    text = "the cat sat on the mat and " * 36 + "the cat sat"
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?model=smollm2&reading=plain&stage={PATTERN}&input={quote(text)}")
        page.locator(".tokens .chip").nth(250).wait_for(state="attached", timeout=300_000)
        ready(page, PATTERN)
        for name in ("blocks.0.attn.z", "blocks.1.attn.z"):
            press(page, "ArrowRight" if name.startswith("blocks.0") else "ArrowDown", name)
        page.wait_for_timeout(500)
        stats = page.locator(ROOT).evaluate("root => root.stats")
        assert stats["values"] < 9 * 256 * 256 * 4, stats  # all heads of one pattern, whole
        assert stats["requests"] < 80
