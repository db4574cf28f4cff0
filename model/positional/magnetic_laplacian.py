"""Eigenvectors of the magnetic Laplacian: places in a graph that know which way its arrows point (Geisler, Li,
Mankowitz, Cemgil, Guennemann, Paduraru 2023, 2302.00049).

Each arrow turns the phase by 2 pi q, forwards one way and backwards the other, so that eigenvectors are complex: first
all real parts, then all imaginary ones. On a directed path or tree only phases depend on q; sizes and eigenvalues are
those of the ordinary Laplacian. Traps: an eigenvector may be turned by any phase; here the first of its largest
entries is real and positive, where the paper also offers a network that does not mind. Too large a q wraps around;
conjugating Theta reverses all arrows. k, q and leaving out the first are the paper's defaults.
"""

from __future__ import annotations

from torch import Tensor

from model.positional.graph import relative
from model.positional.laplacian import Laplacian
from model.registry import Option, register


@register
class MagneticLaplacian(Laplacian):
    title = "Magnetic Laplacian eigenvectors"
    OPTIONS = {  # noqa: RUF012
        **Laplacian.OPTIONS,
        "magnetic_q": Option(0.25, "turns of the phase an arrow; a quarter by default", low=0.0, high=1.0),
        "magnetic_relative": Option(False, "divide q by the number of one-way arrows", choices=(False, True)),
    }

    @property
    def columns(self) -> int:
        return 2 * self.k

    def charge(self, arrows: Tensor) -> float:
        q = float(self.config.option("magnetic_q"))
        return relative(arrows, q) if self.config.option("magnetic_relative") else q
