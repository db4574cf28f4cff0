"""A real model of 134 million weights in the scene: patches from afar, cells when near, numbers when nearer."""

from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

import model
from tests.browser.scenes import FACE_CODES, ask, at_rest, close, numbers, point, shown, until
from tests.browser.visits import opened, pinned

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
STAGE = "blocks.3.mlp.pre"
WEIGHT = "blocks.3.mlp.W_gate"
# The eye so many units before a cell of a weight that is one slab: [name, row, column, distance].
NEAR = """
const [name, row, col, away] = argument
const {corner} = scene.network.block(name)
const [x, y] = [corner[0] + col + 0.5, corner[1] - row - 0.5]
scene.space.camera.fly({eye: [x, y, away - corner[2]], target: [x, y, -corner[2]]}, true)
"""
# The colour of a cell as drawn, beside the one that the palette has for its number: the byte of the tile over it.
COLOURS = """
const [name, row, col] = argument
const {space, network} = scene
const block = network.block(name)
const tile = [...space.boxes.tiles].find(([, {block: of, range}]) =>
  of.name === name && range.rows[0] <= row && row < range.rows[1] && range.cols[0] <= col && col < range.cols[1])
const [key, {range}] = tile
const [rows, cols] = [range.rows[1] - range.rows[0], range.cols[1] - range.cols[0]]
const {atlas} = space.boxes
const rect = atlas.tile(key, cols, rows)
const code = atlas.texels[(rect.y + row - range.rows[0]) * atlas.size + rect.x + col - range.cols[0]]
const picture = space.picture(Math.round(space.camera.size.width))
const at = space.camera.project([block.corner[0] + col + 0.25, block.corner[1] - row - 0.25, -block.corner[2]])
const found = picture.getContext('2d').getImageData(Math.round(at.x), Math.round(at.y), 1, 1).data
return [code, [...found].slice(0, 3), [...space.paint.palette.image.data.slice(4 * code, 4 * code + 3)]]
"""


def near(page: Page, row: int, col: int, away: float) -> None:
    ask(page, NEAR, [WEIGHT, row, col, away])
    at_rest(page)


def test_weights_of_a_large_model_are_their_own_from_afar_and_near(app: str, browser: Browser) -> None:
    network = model.load("smollm2")  # fetched where it is not here
    weight = network.weights[WEIGHT]
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/scene?model=smollm2&input={quote('The capital of France is')}#stage={STAGE}")
        shown(page, STAGE, timeout=300_000)
        until(page, "return scene.stream.faces.has(argument)", WEIGHT)
        face = ask(page, "const {bins, most} = scene.stream.faces.get(argument); return {bins, most}", WEIGHT)
        assert min(face["bins"]) > 1  # a patch from afar stands for many
        name, (_, col), _ = pinned(page)
        assert name == STAGE
        for row in (0, 300, 575):
            near(page, row, col, 60)
            until(
                page, "return [...scene.space.boxes.tiles.values()].some(({block}) => block.name === argument)", WEIGHT
            )
            until(
                page,
                "return [...scene.exact.inView(scene.network.block(argument[0]), 0, scene.space)]"
                ".some(({place}) => place.row === argument[1] && place.col === argument[2])",
                [WEIGHT, row, col],
            )
            code, drawn, palette = ask(page, COLOURS, [WEIGHT, row, col])
            share = max(-1.0, min(weight[row, col].item() / face["most"], 1.0))
            assert code == pytest.approx(128 + 127 * share, abs=0.51)
            assert drawn == pytest.approx(palette, abs=8)
        near(page, 300, col, 10)
        until(page, "return scene.space.drawnNow.some(({block, cell}) => block.name === argument && cell > 34)", WEIGHT)
        found = numbers(page)
        assert len(found) > 20
        for number, cell in found:
            assert cell["name"] == WEIGHT
            assert number == pytest.approx(weight[tuple(cell["index"])].item(), rel=6e-3, abs=1e-6)


# Of so many points of a step's block: whether what is drawn there is the colour that the tile over it has.
TILED = """
const [name, cols] = argument
const {space, network} = scene
const block = network.block(name)
const picture = space.picture(Math.round(space.camera.size.width)).getContext('2d')
const found = []
for (const col of cols) {
  const tile = [...space.boxes.tiles].find(([, {block: of, range}]) =>
    of.name === name && range.cols[0] <= col && col < range.cols[1])
  const at = space.camera.project([block.corner[0] + col + 0.5, block.corner[1] - 2.5, -block.corner[2]])
  const {width, height} = space.camera.size
  if (!tile || !at || at.x < 0 || at.y < 0 || at.x > width || at.y > height) continue
  const [key, {range}] = tile
  const {atlas} = space.boxes
  const rect = atlas.tile(key, range.cols[1] - range.cols[0], range.rows[1] - range.rows[0])
  const code = atlas.texels[(rect.y + 2 - range.rows[0]) * atlas.size + rect.x + col - range.cols[0]]
  const drawn = picture.getImageData(Math.round(at.x), Math.round(at.y), 1, 1).data
  found.push([[...drawn].slice(0, 3), [...space.paint.palette.image.data.slice(4 * code, 4 * code + 3)]])
}
return found
"""


@pytest.mark.parametrize("layer", [11, 29])
def test_far_down_the_network_cells_lie_on_their_blocks(layer: int, app: str, browser: Browser) -> None:
    """Tens of thousands of units from the first token, numbers of single precision are too coarse for what is near."""
    stage, col = f"blocks.{layer}.mlp.post", 1229
    model.load("smollm2")
    with opened(browser, reduced_motion="reduce") as page:
        where = f"stage={stage}&cell={stage}:0,{col}"
        page.goto(f"{app}/scene?model=smollm2&input={quote('The capital of France is')}#{where}")
        shown(page, stage, timeout=300_000)
        # The view has the pinned cell in it, though the block is far wider than what can be seen.
        until(
            page, "const at = scene.cellAt(argument[0], [0, argument[1]]); return at !== null && at.x > 0", [stage, col]
        )
        at_rest(page)
        tiles = "return [...scene.space.boxes.tiles.values()].filter(({block}) => block.name === argument).length"
        until(page, f"return ((argument) => {{ {tiles} }})(argument) >= 3", stage)
        at_rest(page)
        found = ask(page, TILED, [stage, list(range(col - 60, col + 110, 5))])
        assert len(found) >= 12
        right = [max(abs(a - b) for a, b in zip(drawn, palette, strict=True)) <= 8 for drawn, palette in found]
        # A few points may meet the line between two cells.
        assert sum(right) >= 0.85 * len(right)


def test_an_encoder_from_elsewhere_is_read_in_the_scene(app: str, browser: Browser) -> None:
    """MiniLM, 22 million weights, reads in both directions and predicts nothing."""
    text = "A cat sat on the mat."
    trace = model.load("minilm").trace(text)
    steps = ["embed", "blocks.0.attn.pattern", "blocks.2.mlp.post", "blocks.5.resid_mid"]
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/scene?model=minilm&input={quote(text)}#stage={trace.names[0]}")
        shown(page, trace.names[0], timeout=300_000)
        # What is only another name has its block, too.
        assert all(
            ask(page, "return argument.map((name) => scene.network.block(name) !== undefined)", list(trace.names))
        )
        for name in steps:
            page.evaluate("hash => { location.hash = hash }", f"stage={name}&view=scene")
            shown(page, name)
            at_rest(page)
            _, index, said = pinned(page)
            assert float(said) == close(trace[name][index].item())
            page.mouse.click(*point(page, name, index))
            assert pinned(page)[:2] == (name, index)
        # Every token may look at every other: no cell of the pattern is painted as masked, which is code 0.
        codes = ask(page, FACE_CODES, "blocks.0.attn.pattern")
        assert len(codes) == trace["blocks.0.attn.pattern"].numel()
        assert min(codes) > 0
