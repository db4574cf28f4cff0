"""Links into the lab of positions: they restore every section, by either name of a thing, and say what is unknown."""

from typing import Any

import pytest

from model.train import positions_table
from model.train.positions_tasks import TASKS
from tests.test_positions_page import bodies
from tests.test_story_page import opened
from viz.positions import setup

TRAINED = pytest.mark.skipif(not positions_table.read(), reason="nothing has been trained")


@pytest.mark.parametrize(
    ("section", "key", "name", "title"),
    [("See one", "encoding", "rotary", setup.title("rotary")), ("Compare", "set", "t5", setup.title("t5")),
     ("See one", "sinusoid_layout", "concatenated", "concatenated"), ("Graphs", "graph", "Star", "Star"),
     ("Graphs", "graph_encoding", "laplacian", setup.title("laplacian")),
     ("In a model", "weights_of", "random", "untrained, random"),
     ("In a model", "beside", "rotary", setup.title("rotary")), ("In a model", "swap", "rotary", setup.title("rotary")),
     pytest.param("Trained evidence", "task", "copy", TASKS["copy"].title, marks=TRAINED),
     pytest.param("Trained evidence", "measure", "loss", "Loss (nats)", marks=TRAINED),
     pytest.param("Trained evidence", "scrubbed", "offset-t5", f"Three back: {setup.title('t5')}", marks=TRAINED),
     ("Train now", "train-task", "copy", TASKS["copy"].title),
     ("Train now", "train-encodings", "t5", setup.title("t5")),
     ("Draw your own", "way", "paint", "Paint it"), ("Draw your own", "drawn_own", "t5", setup.title("t5")),
     ("Draw your own", "drawn_weights", "random", "untrained, random")],
)  # fmt: skip
def test_a_link_names_a_thing_as_people_or_as_code_call_it(section: str, key: str, name: str, title: str) -> None:
    for given in dict.fromkeys((name, title)):
        at = opened(section=section, **{key: given})
        assert "in the link" not in bodies(at)
        (widget,) = [w for kind in (at.selectbox, at.multiselect, at.segmented_control) for w in kind if w.key == key]
        assert widget.value in (name, [name]), given
        assert dict(at.query_params)[key] in (title, [title])
    at = opened(section=section, **{key: "<i>nonsense"})
    assert f"{key}=&lt;i&gt;nonsense in the link is no name that is known here" in bodies(at)
    assert title in bodies(at).partition("Known: ")[2].partition("</b>")[0]
    assert "<i>nonsense" not in bodies(at)
    at.run()
    assert "in the link" not in bodies(at)


def test_a_section_may_be_named_by_its_short_word() -> None:
    at = opened(section="one", encoding="alibi")
    assert (at.segmented_control(key="section").value, at.selectbox(key="encoding").value) == ("one", "alibi")
    assert "in the link" not in bodies(at)
    assert "section=nowhere in the link is no name" in bodies(opened(section="nowhere"))


@TRAINED
def test_what_is_drawn_by_position_is_in_the_link() -> None:
    at = opened(section="Trained evidence", shown_offset=["t5", "ALiBi"], size_offset="128")
    assert at.multiselect(key="shown_offset").value == ["t5", "alibi"]
    assert at.select_slider(key="size_offset").value == "128"
    assert "size_offset=5 in the link is no name" in bodies(opened(section="Trained evidence", size_offset="5"))


def test_of_several_names_the_known_ones_are_taken() -> None:
    at = opened(section="Compare", set=["rotary", "nonsense", "ALiBi"])
    assert at.multiselect(key="set").value == ["rotary", "alibi"]
    assert bodies(at).count("in the link is no name") == 1


def test_every_name_that_the_page_writes_is_known() -> None:
    at = opened(
        section="In a model", beside=setup.title("rotary"), swap=setup.title("rotary"), weights_of="untrained, random"
    )
    assert "in the link" not in bodies(at)
    assert at.selectbox(key="weights_of").value == "random"


@pytest.mark.parametrize(
    ("section", "key", "given", "value"),
    [("Train now", "train-steps-offset", "50", 50), ("Train now", "train-seed", "3", 3),
     ("Draw your own", "heads", "2", 2), ("See one", "positions", "9", 9)],
)  # fmt: skip
def test_numbers_of_a_link_are_restored_or_refused(section: str, key: str, given: str, value: Any) -> None:
    at = opened(section=section, **{key: given})
    assert at.number_input(key=key).value == value
    assert f"{key}=-7 in the link is no number from" in bodies(opened(section=section, **{key: "-7"}))


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ({"story": "rotate"}, "rotate"),
        ({"story": "nonsense"}, None),
        ({"story": "bag", "bag_positional": "none"}, "bag"),
    ],
)
def test_a_link_to_a_step_of_the_story_opens_it_or_says_that_there_is_none(
    query: dict[str, str], value: str | None
) -> None:
    at = opened(section="Story", **query)
    assert at.selectbox(key="story").value == (value or "bag")
    assert ("story=nonsense in the link is no name" in bodies(at)) == (value is None)
