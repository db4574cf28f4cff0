"""The models page in a browser: gallery, one's own models, refusals, the check, and work that can be cancelled."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect
from playwright.sync_api import TimeoutError as TooLate

import model
from model.checkpoints.verify import verify
from tests.browser.looks import serious, too_wide
from tests.browser.visits import PATIENCE, opened, settled

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
expect.set_options(timeout=PATIENCE)
LENGTHS = {"n_layer": 1, "n_head": 2, "n_embd": 8, "vocab_size": 11, "n_positions": 8}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny GPT-2 as transformers saves it, without a tokenizer."""
    from transformers import GPT2Config, GPT2LMHeadModel

    place = tmp_path_factory.mktemp("hf") / "tiny"
    GPT2LMHeadModel(GPT2Config(**LENGTHS, bos_token_id=0, eos_token_id=0)).save_pretrained(place)
    return place


def visit(page: Page, address: str) -> None:
    page.goto(address)
    page.locator(".gf-architecture").wait_for()
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(state="attached")


def own(page: Page) -> None:
    page.get_by_text("Open your own").click()


def test_the_gallery_shows_cards_and_opens_them(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        visit(page, f"{app}/models")
        offers = page.locator(".gf-offered")
        for words in ("85,584 parameters", "134.5 million parameters", "22.7 million parameters", "Apache-2.0"):
            expect(offers.filter(has_text=words).first).to_be_visible()
        expect(page.locator(".gf-model")).to_have_text("Sorts six letters")
        expect(page.locator(".gf-parts tbody tr").last).to_contain_text("85,584")
        part = page.locator(".gf-part", has_text="attention").nth(1)
        part.locator("summary").click()
        expect(part.locator("li", has_text="pattern")).to_contain_text("head × query × key")


def test_a_folder_opens(app: str, browser: Browser, folder: Path) -> None:
    with opened(browser) as page:
        visit(page, f"{app}/models")
        own(page)
        box = page.get_by_label("A folder in Hugging Face layout")
        box.fill(str(folder))
        box.press("Enter")
        expect(page.locator(".gf-model")).to_have_text("tiny")
        expect(page.locator(".gf-known")).to_contain_text("1 blocks, 2 heads of 4")


def test_what_is_no_model_is_said_in_words(app: str, browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "mpt"}))
    (tmp_path / "model.safetensors").write_bytes(b"\xff" * 64)
    with opened(browser) as page:
        for name, words in (
            (str(tmp_path), "not a readable safetensors file"),
            ("/no/such/folder", "No model is called"),
            ("x" * 5000, "cannot be opened: File name too long."),
        ):
            page.goto(f"{app}/models?model={name}")
            expect(page.locator(".gf-problem")).to_contain_text(words)
            assert len(page.locator(".gf-problem").inner_text()) < 600


def upload(page: Page, files: list[FilePayload]) -> None:
    button = page.get_by_role("button", name="Open what was uploaded")
    for _ in range(5):  # what is given while the page is still being drawn may be lost
        settled(page)
        page.locator('input[type="file"]').set_input_files(files)
        try:
            button.wait_for(timeout=10_000)
        except TooLate:
            continue
        break
    button.click()


def given(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def test_an_upload_opens_and_can_be_removed(app: str, browser: Browser, folder: Path) -> None:
    with opened(browser) as page:
        visit(page, f"{app}/models")
        own(page)
        upload(page, [given(n, (folder / n).read_bytes()) for n in ("config.json", "model.safetensors")])
        expect(page.locator(".gf-known")).to_contain_text("1 blocks, 2 heads of 4")
        expect(page.locator(".gf-offered", has_text="Uploaded gpt2")).to_be_visible()
        page.get_by_role("button", name="Remove").first.click()
        # While one page gives way to the other, Streamlit holds both.
        expect(page.locator(".gf-model", has_text="Sorts six letters")).to_be_visible()
        expect(page.locator(".gf-offered", has_text="Uploaded gpt2")).to_have_count(0)


def test_hostile_uploads_are_refused_in_words(app: str, browser: Browser) -> None:
    huge = json.dumps({"w": {"dtype": "F32", "shape": [10**6, 10**6], "data_offsets": [0, 4 * 10**12]}}).encode()
    cases = [
        ([given("config.json", b"{}"), given("evil.json", b"{}")], "is not a file of a model"),
        ([given("model.safetensors", b"\0" * 16)], "config.json is missing"),
        ([given("bomb.gguf", b"GGUF\x03\0\0\0" + b"\xff" * 16)], "no readable GGUF file"),
        (
            [given("config.json", json.dumps({"model_type": "gpt2", **LENGTHS}).encode()),
             given("model.safetensors", len(huge).to_bytes(8, "little") + huge)],
            "not a readable safetensors file",
        ),
    ]  # fmt: skip
    with opened(browser) as page:
        for files, words in cases:
            visit(page, f"{app}/models")
            own(page)
            upload(page, files)
            expect(page.locator(".gf-problem")).to_contain_text(words)


def test_the_check_shows_the_largest_difference_of_each_stage_on_ones_own_text(app: str, browser: Browser) -> None:
    wanted = {d.name: d for d in verify(model.load("sort"), "BACCAB")}
    with opened(browser) as page:
        visit(page, f"{app}/models")
        box = page.get_by_label("Text", exact=True)
        box.fill("BACCAB")
        box.press("Enter")
        settled(page)
        page.get_by_role("button", name="Verify against Hugging Face").click()
        # A process of its own, which imports transformers first.
        expect(page.get_by_text(re.compile("Largest difference of all"))).to_be_visible(timeout=300_000)
        rows = page.get_by_role("region", name="Largest differences").locator("tbody tr")
        found = [row.locator("td").all_inner_texts() for row in rows.all()]
        assert [name for name, *_ in found] == list(wanted)
        assert found[-1][0] == "logits"
        for name, theirs, largest, scale in found:
            assert theirs == wanted[name].theirs
            assert 0 <= number(largest) < 1e-4
            assert number(scale) == pytest.approx(wanted[name].scale, rel=0.01)  # so it was this text


def number(said: str) -> float:
    return float(said.replace("−", "-"))


def test_the_costs_are_written_out(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        visit(page, f"{app}/models")
        how = page.locator(".gf-how", has_text="Attention")
        how.locator("summary").click()
        row = how.get_by_role("region", name="Attention, parameters").locator("tr", has_text="W_Q")
        assert row.locator("td").all_inner_texts() == [
            "attn.W_Q",
            "3 × head · d_model · d_head",
            "3 × 3 · 48 · 16",
            "6,912",
        ]


def test_the_check_can_be_cancelled(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        visit(page, f"{app}/models")
        page.get_by_role("button", name="Verify against Hugging Face").click()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("Cancelled.", exact=True)).to_be_visible(timeout=8000)
        expect(page.get_by_role("button", name="Cancel")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_and_can_be_read(width: int, scheme: str, app: str, browser: Browser) -> None:
    with opened(
        browser, viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce"
    ) as page:
        visit(page, f"{app}/models")
        own(page)
        page.locator(".gf-part summary").nth(2).click()
        assert too_wide(page) <= 0
        assert serious(page) == []
