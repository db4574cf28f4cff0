"""The guided story: from a bag of words to the comparison. Each step computes its pictures and numbers when asked.

The words are in `viz/prose/story`, one file a language; every number in them is put in from here.
"""

from __future__ import annotations

from viz.positions.story.added import mixture, table
from viz.positions.story.base import Choice, Slider, Step
from viz.positions.story.counted import TEXT, content, nothing
from viz.positions.story.evidence import comparison
from viz.positions.story.order import ORDERS, bag, counting, share
from viz.positions.story.questions import OF, most, sums, tables
from viz.positions.story.relative import buckets, distances
from viz.positions.story.turning import further, rotate
from viz.positions.story.waves import clocks, products

TASKS = ("offset", "copy", "latest")
STEPS = (
    Step(
        "bag", bag,
        (Choice("order", tuple(ORDERS), "swapped"),
         Choice("positional", ("none", "sinusoidal", "rotary", "alibi"), "none")),
        (("one", "none"), ("model", "")),
        r"\mathrm{softmax}\Big(\frac{QK^\top}{\sqrt{d}}\Big)V",
    ),
    Step("counting", counting, (Slider("last", 8, 255, 64),), (("model", ""),), r"x_k = e_k + k \, u"),
    Step("share", share, (Slider("length", 6, 128, 64),), (("model", ""),), r"x_k = e_k + \frac{k}{n - 1} \, u"),
    Step(
        "clocks", clocks, (Choice("base", (10, 100, 1000, 10000, 100000), 10000),), (("one", "sinusoidal"),),
        r"p_{k,2i} = \sin\frac{k}{b^{2i/d}}, \quad p_{k,2i+1} = \cos\frac{k}{b^{2i/d}}",
    ),
    Step(
        "products", products, (Slider("distance", 1, 24, 7),), (("one", "sinusoidal"), ("compare", "")),
        r"p_m \cdot p_n = \sum_i \cos\big((m - n)\, b^{-2i/d}\big)",
    ),
    Step(
        "table", table,
        (Choice("size", (64, 128, 256), 64), Choice("other", ("rotary", "t5", "shaw", "alibi", "none"), "rotary")),
        (("one", "learned"), ("trained", "")), r"x_k = e_k + W_{pos}[k]",
    ),
    Step(
        "mixture", mixture, (Choice("positional", ("learned", "sinusoidal"), "learned"),),
        (("one", "transformer_xl"), ("one", "learned")),
        r"(e_i + p_i) W_Q W_K^\top (e_j + p_j)^\top",
    ),
    Step(
        "distances", distances, (Slider("clip", 1, 16, 4),), (("one", "shaw"), ("one", "transformer_xl")),
        r"s_{i,j} = \frac{q_i \cdot (k_j + a_{\mathrm{clip}(j - i)})}{\sqrt{d}}",
    ),
    Step(
        "buckets", buckets, (Slider("distance", 1, 127, 40),), (("one", "t5"), ("one", "alibi"), ("compare", "")),
        r"q_i \cdot k_j + b_{\mathrm{class}(i - j)}, \qquad \frac{q_i \cdot k_j}{\sqrt{d}} - m (i - j)",
    ),
    Step(
        "rotate", rotate, (Slider("later", 0, 1000, 100),), (("one", "rotary"), ("one", "xpos")),
        r"(R_m q) \cdot (R_n k) = q \cdot (R_{n-m} k)",
    ),
    Step("further", further, (Slider("factor", 2, 32, 4),), (("one", "rotary"),), r"\theta_i = b^{-2i/d} \times m_i"),
    Step(
        "content", content, (Slider("token", 0, 31, 9),), (("one", "cope"), ("one", "fire"), ("compare", "")),
        r"p_{i,j} = \sum_{l=j}^{i} \sigma(q_i \cdot k_l), \qquad x_{i,j} = \frac{\psi(i - j)}{\psi(\max(i, L))}",
    ),
    Step(
        "nothing", nothing, (Choice("task", TASKS, "offset"),), (("one", "none"), ("model", "")),
        r"\frac{1}{k + 1}",
    ),
    Step("comparison", comparison, (Choice("task", TASKS, "offset"),), (("trained", ""), ("compare", ""))),
    Step(
        "most", most, (Choice("positional", ("rotary", "learned", "sinusoidal", "alibi", "t5"), "rotary"),),
        (("one", "rotary"), ("trained", "")),
    ),
    Step("tables", tables, (), (("one", "learned"), ("trained", ""))),
    Step(
        "sums", sums, (Choice("positional", OF, "rotary"),),
        (("one", "fire"), ("one", "cope"), ("one", "learnable_sinusoid"), ("compare", "")),
        r"e^{a + b} = e^a \, e^b",
    ),
)  # fmt: skip
BY_KEY = {step.key: step for step in STEPS}

__all__ = ["BY_KEY", "STEPS", "TEXT", "Choice", "Slider", "Step"]
