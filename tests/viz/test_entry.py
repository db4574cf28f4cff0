"""What the document tells the browser before Streamlit's own code runs."""

from pathlib import Path

from viz.entry import preloads


def test_the_code_of_a_page_is_asked_for_at_once_and_no_other(tmp_path: Path) -> None:
    code = (
        'import{a}from"./shared/parts-x1.js";import"./shared/style-x2.js";const late=()=>import("./shared/pane-x3.js");'
    )
    (tmp_path / "walkthrough-abc.js").write_text(code, encoding="utf-8")
    (tmp_path / "board-def.js").write_text("", encoding="utf-8")
    links = preloads("walkthrough", tmp_path).decode()
    where = "_stcore/bidi-components/glassformer.walkthrough"
    wanted = ("walkthrough-abc.js", "shared/parts-x1.js", "shared/style-x2.js")
    assert links == "".join(f'<link rel="modulepreload" href="{where}/{file}">' for file in wanted)
    assert preloads("scene", tmp_path).decode() == links
    assert preloads("", tmp_path) == preloads("models", tmp_path) == b""


def test_nothing_is_asked_for_that_is_not_built(tmp_path: Path) -> None:
    assert preloads("walkthrough", tmp_path) == b""
