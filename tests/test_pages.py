"""Every page runs: each file of `pages/` by itself, and what the link and the controls make of the walkthrough."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import model
from model.registry import variants
from pages.shared import networks
from pages.shared.networks import SEAMS
from viz.arrays import exact

ROOT = Path(__file__).parents[1]
PAGES = sorted(p.name for p in (ROOT / "pages").glob("*.py") if p.name != "__init__.py")
TIMEOUT = 120


def opened(page: str, **query: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=TIMEOUT)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    if page != "main.py":
        at.switch_page(page).run()
    for name, value in query.items():  # a change of page drops what the page before did not know
        at.query_params[name] = value
    return at.run() if query else at


def walk(**query: str) -> AppTest:
    at = opened("walkthrough.py", **query)
    assert not at.exception, at.exception
    return at


def bodies(at: AppTest) -> str:
    found = [e.proto.body for e in at.get("html")]
    return "\n".join(body for body in found if not body.startswith("<style>"))


def param(at: AppTest, name: str) -> str:
    """A query parameter: AppTest gives one value bare after a run and in a list before."""
    found = at.query_params[name]
    return found if isinstance(found, str) else found[0]


def marker(at: AppTest) -> str:
    (found,) = [e.proto.body for e in at.get("html") if "data-glassformer" in e.proto.body]
    return found


@pytest.mark.parametrize("page", PAGES)
def test_page_runs(page: str) -> None:
    at = opened(page)
    assert not at.exception
    assert at.get("html")


def test_stepping_through_every_stage() -> None:
    names = model.load("sort").trace("CBABBC").names
    at = walk(stage=names[-3])
    for name in names[-2:]:
        at.button(key="next").click().run()
        assert not at.exception
        assert f'data-stage="{name}"' in marker(at)
    assert at.button(key="next").disabled
    at.button(key="first").click().run()
    assert f'data-stage="{names[0]}"' in marker(at)
    assert at.button(key="previous").disabled
    assert param(at, "stage") == names[0]


def test_the_pinned_number_is_the_traced_one() -> None:
    at = walk(stage="blocks.1.attn.qk", cell="2,5,1", input="AAABBB")
    value = model.load("sort").trace("AAABBB").explain("blocks.1.attn.qk", (2, 5, 1)).value
    assert f'data-value="{exact(value)}"' in bodies(at)
    assert 'data-index="2,5,1"' in bodies(at)
    shown = {box.label: box.value for box in at.selectbox if box.label in ("head", "query", "key")}
    assert shown == {"head": 2, "query": 5, "key": 1}
    assert 'data-head="2"' in marker(at)
    assert 'data-token="5"' in marker(at)


def test_stepping_into_a_term_and_back() -> None:
    at = walk(stage="blocks.0.attn.pattern", cell="0,3,1")
    at.button(key="door-0").click().run()
    assert 'data-stage="blocks.0.attn.attn_scores"' in marker(at)
    assert param(at, "trail") == "blocks.0.attn.pattern:0,3,1"
    at.button(key="back").click().run()
    assert 'data-stage="blocks.0.attn.pattern"' in marker(at)
    assert 'data-index="0,3,1"' in bodies(at)
    assert "trail" not in at.query_params


@pytest.mark.parametrize("stage", ["tokens", "embed", "blocks.0.ln1.scale", "blocks.0.attn.result", "logits", "probs"])
def test_kinds_of_stage(stage: str) -> None:
    assert f'data-stage="{stage}"' in marker(walk(stage=stage))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("CBX", "X"),
        ("ABCABCABCABC", "11"),
        ("A😀", "😀"),
        ("A\u05d0\u05d1", "\u05d0"),
        ("A\u200bB", "U+200B"),
        ("A" * 100_000, "100000"),
        ("<img src=x onerror=alert(1)>", "&lt;"),
    ],
)
def test_a_bad_input_is_refused_in_words_and_the_last_good_picture_stays(text: str, says: str) -> None:
    at = walk(stage="logits")
    before = bodies(at).partition('data-value="')[2].partition('"')[0]
    at.text_input(key="input_text").set_value(text).run()
    assert not at.exception
    (card,) = [e.proto.body for e in at.get("html") if 'class="gf-problem"' in e.proto.body]
    assert says in card.replace(",", "")
    assert "<img" not in bodies(at)
    assert f'data-value="{before}"' in bodies(at)
    at.text_input(key="input_text").set_value("AAAAAA").run()
    assert "gf-problem" not in bodies(at)


@pytest.mark.parametrize(
    "query", [{"stage": "nobody"}, {"cell": "9,9,9"}, {"cell": "x"}, {"head": "77"}, {"trail": "~~:"}]
)
def test_a_strange_link_shows_something_sensible(query: dict[str, str]) -> None:
    assert 'data-ready="true"' in marker(walk(**{"stage": "blocks.0.attn.z", **query}))


@pytest.mark.parametrize("name", ["/nowhere", "<b>x</b>", "x" * 5000, "\x00"])
def test_a_model_that_is_not_there(name: str) -> None:
    at = opened("walkthrough.py", model=name)
    assert not at.exception
    assert "gf-problem" in bodies(at)
    assert "<b>x" not in bodies(at)


def test_a_long_input_is_kept_on_the_server() -> None:
    long = " ".join(["1"] * 3000)
    at = walk(model="scratch", net="n_ctx=16", input="1 2 3")
    at.text_input(key="input_text").set_value(long).run()
    assert not at.exception
    assert "input" not in at.query_params
    assert "input_kept" in at.query_params


@pytest.mark.parametrize(
    "net",
    [f"{word}={name}" for word, (package, _) in SEAMS.items() if word != "mlp" for name in variants(package)]
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
    assert 'data-stage="' in marker(at)
    at.button(key="last").click().run()
    assert not at.exception


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


def test_a_control_is_one_click_away() -> None:
    at = walk(stage="probs")
    trained = bodies(at)
    at.segmented_control(key="weights").set_value("Shuffled").run()
    assert not at.exception
    assert param(at, "weights") == "shuffled"
    assert bodies(at) != trained
    restored = walk(stage="probs", weights="shuffled")
    assert restored.segmented_control(key="weights").value == "Shuffled"


def test_the_models_page_counts_and_shows_the_parts() -> None:
    at = opened("models.py")
    assert not at.exception
    shown = bodies(at)
    assert "85,584" in shown
    for part in ("attention", "MLP", "norm before attention"):
        assert part in shown
    at.query_params["model"] = "/no/such/folder"
    at.run()
    assert not at.exception
    assert "/no/such/folder" in bodies(at)


@pytest.mark.slow
@pytest.mark.xdist_group("real_models")
def test_special_tokens_can_be_left_out() -> None:
    model.load("minilm")
    at = walk(model="minilm", input="hello", stage="tokens")
    assert "[CLS]" in bodies(at)
    at.segmented_control(key="reading").set_value("Text alone").run()
    assert not at.exception
    assert "[CLS]" not in bodies(at)
    assert param(at, "reading") == "plain"
