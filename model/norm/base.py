"""What a norm is: x, centred or not, divided by its spread, then gain and offset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from torch import Tensor

from model.registry import Option
from model.rules import Same, SumOfProducts, stage, weight
from model.rules.norm import Mean, Scale, Standardize
from model.stages import Derive, Stage
from model.tape import Part, empty

if TYPE_CHECKING:
    from model.config import StackConfig


class Norm(Part):
    """A norm over the last axis, [position, d_model] in and out; `axes` and `letters` say so where it is another.

    Statistics are taken in float32 when the model is in a half type, and stay in float32.
    """

    variant: ClassVar[str]
    title: ClassVar[str]
    OPTIONS: ClassVar[dict[str, Option]] = {}
    centred: ClassVar[bool] = True
    gain: ClassVar[bool] = True
    offset: ClassVar[bool] = True
    plus_one: ClassVar[bool] = False  # the gain is 1 + w
    latex: ClassVar[str] = "w"
    w: Tensor | None
    b: Tensor | None

    def __init__(self, name: str, config: StackConfig, size: int | None = None, axes: str = "position d_model"):
        super().__init__(name)
        self.size, self.eps = size or config.d_model, config.norm_eps
        self.axes = axes
        self.register_parameter("w", empty(self.size) if self.gain else None)
        self.register_parameter("b", empty(self.size) if self.offset else None)

    @classmethod
    def check(cls, config: StackConfig) -> None:
        """Raises ConfigError when the norm cannot work with this config."""

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        if self.w is not None:
            yield "w", (self.axes.split()[-1],), self.w
        if self.b is not None:
            yield "b", (self.axes.split()[-1],), self.b

    def output(self, x: str) -> str:
        """Name of the stage that this norm of stage x ends in."""
        return self.prefix + "normalized"

    def stages(self, sizes: dict[str, int], x: str, kept: bool = False) -> Iterator[Stage]:
        """What `forward` taps. kept: the result is the stream itself, so it is never thrown away."""
        p, axes, rows = self.prefix, self.axes, self.axes.rpartition(" ")[0]
        derive = Derive("forward", (x,))
        mean = p + "mean" if self.centred else None
        if self.centred:
            yield self.declare(sizes, "mean", rows, Mean(x), "Mean", r"\mu = \frac{1}{d}\sum_i x_i")
        yield self.declare(
            sizes, "scale", rows, Scale(x, mean, self.eps), "Scale (the divisor)",
            r"\sigma = \sqrt{\tfrac{1}{d}\sum_i (x_i - \mu)^2 + \epsilon}" if self.centred
            else r"\sigma = \sqrt{\tfrac{1}{d}\sum_i x_i^2 + \epsilon}", kind="scale",
        )  # fmt: skip
        yield self.declare(
            sizes, "standardized", axes, Standardize(x, mean, p + "scale"), "Standardized",
            r"\hat x = \frac{x - \mu}{\sigma}" if self.centred else r"\hat x = \frac{x}{\sigma}",
            derive=None if kept and not self.gain else derive,
        )  # fmt: skip
        if not self.gain:
            yield self.declare(
                sizes, "normalized", axes, Same(p + "standardized"), "Normalized", r"y = \hat x",
                derive=None if kept else derive,
            )  # fmt: skip
            return
        formula = r"y = \hat x \odot " + self.latex + (" + b" if self.offset else "")
        yield self.declare(
            sizes, "normalized", axes, self.gain_rule(), "Normalized", formula, derive=None if kept else derive
        )  # fmt: skip

    def gain_rule(self) -> SumOfProducts:
        """How a cell of `normalized` is computed from the standardized one."""
        p, letters = self.prefix, "pd" if len(self.axes.split()) == 2 else "phd"
        items: list[tuple] = [(stage(p + "standardized", letters), weight(p + "w", "d"))]
        if self.plus_one:
            items.append((stage(p + "standardized", letters),))
        if self.offset:
            items.append((weight(p + "b", "d"),))
        return SumOfProducts(letters, tuple(items))

    def twin_stages(self, sizes: dict[str, int], twin: Norm) -> Iterator[Stage]:
        """What `again` taps: another norm of the same stream has the same statistics, and they are one tensor."""
        for s in twin.stages(sizes, ""):
            if s.local != "normalized":
                yield self.declare(
                    sizes, s.local, " ".join(s.axes), Same(s.name), s.title, s.formula, kind=s.kind, derive=s.derive
                )  # fmt: skip
            else:
                rule = self.gain_rule() if self.gain else Same(self.prefix + "standardized")
                derive = Derive("finish", (self.prefix + "standardized",))
                yield self.declare(sizes, s.local, self.axes, rule, s.title, s.formula, derive=derive)

    def forward(self, x: Tensor) -> Tensor:
        return self.finish(self.begin(x)[0])

    def begin(self, x: Tensor) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """(standardized, mean, scale), tapped; mean where there is one."""
        half = x.dtype.itemsize == 2
        standardized, mean, scale = self.standardize(x.float() if half else x)
        return self.tap("standardized", standardized.to(x.dtype) if half else standardized), mean, scale

    def again(self, standardized: Tensor, mean: Tensor | None, scale: Tensor | None) -> Tensor:
        """This norm of a stream that another one has begun with."""
        if mean is not None:
            self.tap("mean", mean)
        if scale is not None:
            self.tap("scale", scale)
        return self.finish(self.tap("standardized", standardized))

    def finish(self, standardized: Tensor) -> Tensor:
        """Gain and offset."""
        w, b = self._parameters["w"], self._parameters["b"]
        if w is None:
            return self.tap("normalized", standardized)
        out = standardized * (1 + w if self.plus_one else w)
        return self.tap("normalized", out if b is None else out.add_(b))

    def standardize(self, x: Tensor) -> tuple[Tensor, Tensor | None, Tensor]:
        """Taps mean and scale. Returns x centred and divided by them, and them."""
        raise NotImplementedError
