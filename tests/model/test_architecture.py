"""What the package promises to its surroundings: what it imports, leaves alone and hands out."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import model
from model.errors import GlassformerError

ROOT = Path(model.__file__).parents[1]
SIZES: dict[str, Any] = {"n_layers": 2, "n_heads": 2, "d_model": 8, "d_vocab": 9, "n_ctx": 12}


def run(code: str) -> str:
    """What a fresh Python prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_brings_no_display_and_no_other_library() -> None:
    heavy = ["streamlit", "plotly", "altair", "transformers", "tokenizers", "gguf", "pandas", "viz", "pages"]
    code = f"import model, sys; print([m for m in {heavy} if m in sys.modules])"
    assert run(code) == "[]"


def test_the_built_in_model_needs_no_transformers() -> None:
    code = "import model, sys; model.load('sort').trace('CBA'); print('transformers' in sys.modules)"
    assert run(code) == "False"


def test_public_names() -> None:
    for name in model.__all__:
        assert getattr(model, name) is not None
    for name in (
        "load",
        "Model",
        "Trace",
        "Edit",
        "Stage",
        "Transformer",
        "TransformerConfig",
        "StackConfig",
        "GlassformerError",
    ):
        assert name in model.__all__


def test_errors_are_of_one_family() -> None:
    kinds = [v for v in vars(model).values() if isinstance(v, type) and issubclass(v, Exception)]
    assert len(kinds) == 6
    assert all(issubclass(kind, GlassformerError) for kind in kinds)
    assert str(model.TraceError("as it is")) == "as it is"


def test_grad_mode_is_left_as_it_was() -> None:
    network = model.Transformer(model.TransformerConfig(**SIZES))
    assert torch.is_grad_enabled()
    trace = network.trace(ids=[1, 2], keep_bytes=0)
    assert torch.is_grad_enabled()
    trace["blocks.0.attn.pattern"], trace.explain("logits", (0, 0))
    assert torch.is_grad_enabled()
    with pytest.raises(model.InputError):
        network.trace(ids=[])
    assert torch.is_grad_enabled()
    with torch.no_grad():
        network.trace(ids=[1, 2])
        assert not torch.is_grad_enabled()


@pytest.mark.parametrize("keep_bytes", [0, 1 << 30])
def test_traced_tensors_enter_autograd(keep_bytes: int) -> None:
    trace = model.Transformer(model.TransformerConfig(**SIZES)).trace(ids=[1, 2, 3], keep_bytes=keep_bytes)
    for stage in trace.stages:
        tensor = trace[stage.name]
        assert not tensor.requires_grad
        assert not tensor.is_inference()
        if tensor.is_floating_point():
            x = torch.ones_like(tensor, requires_grad=True)
            (x * tensor.masked_fill(tensor.isinf(), 0)).sum().backward()
            assert x.grad is not None


def test_the_random_state_is_left_alone() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    network = model.Transformer(model.TransformerConfig(**SIZES), seed=3)
    network.trace(ids=[1, 2]).explain("logits", (0, 0))
    model.load("sort")
    assert torch.equal(torch.get_rng_state(), before)


def test_weights_depend_on_the_seed_alone() -> None:
    torch.manual_seed(1)
    a = model.Transformer(model.TransformerConfig(**SIZES), seed=3)
    torch.manual_seed(2)
    b, c = (model.Transformer(model.TransformerConfig(**SIZES), seed=s) for s in (3, 4))
    for name in a.weights:
        assert torch.equal(a.weights[name], b.weights[name])
        assert not torch.equal(a.weights[name], c.weights[name])


def test_no_hooks_and_nothing_left_on_the_model() -> None:
    network = model.Transformer(model.TransformerConfig(**SIZES))
    _ = network.weights
    before = {name: set(vars(m)) for name, m in network.named_modules()}
    network.trace(ids=[1, 2], edits=[model.Edit("embed", "zero")], keep_bytes=0)["probs"]
    for name, m in network.named_modules():
        assert set(vars(m)) == before[name]
        assert not m._forward_hooks
        assert not m._forward_pre_hooks


def test_a_traced_pass_computes_what_a_plain_one_does() -> None:
    network = model.Transformer(model.TransformerConfig(**SIZES))
    plain = network(torch.tensor([1, 2, 3]))
    assert plain.requires_grad  # it can be trained
    assert torch.equal(network.trace(ids=[1, 2, 3])["logits"], plain)
    batch = network(torch.tensor([[1, 2, 3], [4, 5, 6]]))
    torch.testing.assert_close(batch[0], plain)


def test_a_network_from_scratch_learns() -> None:
    network = model.Transformer(model.TransformerConfig(**SIZES))
    ids = torch.tensor([1, 2, 3, 1, 2, 3])
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    losses = []
    for _ in range(40):
        loss = torch.nn.functional.cross_entropy(network(ids[:-1]), ids[1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.3 * losses[0]
    assert all(p.grad is not None and p.grad.any() for n, p in network.named_parameters() if not n.endswith("b_K"))


def test_only_checkpoints_and_tokenizers_reach_outside() -> None:
    """What each file of the package imports, read from its source."""
    allowed = {"torch", "safetensors", "numpy", "model", "__future__", *sys.stdlib_module_names}
    for file in (ROOT / "model").rglob("*.py"):
        extra = {"transformers", "gguf", "tokenizers", "huggingface_hub"} if "checkpoints" in file.parts else set()
        extra |= {"tokenizers", "jinja2"} if "tokenizers" in str(file.relative_to(ROOT)) else set()
        extra |= {"tqdm"} if "train" in file.parts or file.name == "__main__.py" else set()
        extra |= {"sklearn"} if file.name == "digits.py" else set()
        extra |= {"PIL"} if file.name == "pictures.py" else set()
        extra |= {"ray"} if file.name == "positions_ray.py" else set()
        extra |= {"lark"} if file.name == "drawn_language.py" else set()
        for node in ast.walk(ast.parse(file.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.partition(".")[0] in allowed | extra, (file, name)
