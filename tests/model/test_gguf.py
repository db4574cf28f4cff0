"""GGUF files: every way to store numbers, every family, opened once and mapped from then on."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType as Kind
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    GemmaConfig,
    GemmaForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

import model
from model.checkpoints import families, gguf_convert
from model.checkpoints.gguf_file import GGUFFile
from model.generate import stop_ids
from tests.model import ggufs
from tests.model.theirs import compare, save

IDS = [3, 1, 4, 1, 5, 9, 2, 6]
SMALL = {
    "vocab_size": 37, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 32,
}  # fmt: skip
WRITABLE = [Kind.F32, Kind.F16, Kind.BF16, Kind.Q4_0, Kind.Q4_1, Kind.Q5_0, Kind.Q5_1, Kind.Q8_0]
K_QUANTS = [Kind.Q2_K, Kind.Q3_K, Kind.Q4_K, Kind.Q5_K, Kind.Q6_K]


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSFORMER_CACHE", str(tmp_path / "cache"))


def llama(folder: Path, **words: Any) -> tuple[Any, LlamaConfig]:
    config = LlamaConfig(**{**SMALL, **words})
    return save(folder, LlamaForCausalLM, config), config


def llama_file(tmp_path: Path, kind: Any = Kind.F32, **words: Any) -> tuple[Any, Path]:
    theirs, config = llama(tmp_path / "hf", **words)
    numbers = ggufs.sizes(config) | {"rope.dimension_count": 8, "rope.freq_base": 10000.0}
    return theirs, ggufs.from_folder(tmp_path / "hf", tmp_path / "tiny.gguf", "llama", numbers, config, kind)


def test_every_head_has_its_own_keys_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    theirs, config = llama(tmp_path / "hf", num_key_value_heads=4)
    numbers = {k: v for k, v in ggufs.sizes(config).items() if k != "attention.head_count_kv"}
    compare(theirs, model.load(ggufs.from_folder(tmp_path / "hf", tmp_path / "x.gguf", "llama", numbers, config)), IDS)


@pytest.mark.parametrize("words", [{}, {"tie_word_embeddings": True}, {"num_key_value_heads": 4}])
def test_llama(tmp_path: Path, words: dict[str, Any]) -> None:
    theirs, path = llama_file(tmp_path, **words)
    m = model.load(path)
    compare(theirs, m, IDS)
    assert m.card["family"] == "llama"
    assert m.card["format"] == "F32"
    assert m.card["parameters"] == sum(p.numel() for p in theirs.parameters())
    assert m.card["source"] == str(path)


def test_gpt2(tmp_path: Path) -> None:
    config = GPT2Config(vocab_size=37, n_positions=32, n_embd=24, n_layer=2, n_head=3)
    theirs = save(tmp_path / "hf", GPT2LMHeadModel, config)
    numbers = {
        "context_length": 32, "block_count": 2, "embedding_length": 24, "feed_forward_length": 96,
        "attention.head_count": 3, "attention.layer_norm_epsilon": 1e-5,
    }  # fmt: skip
    path = ggufs.from_folder(tmp_path / "hf", tmp_path / "tiny.gguf", "gpt2", numbers, config)
    compare(theirs, model.load(path), IDS)


# architecture: (config, network, words of the config, metadata besides the sizes)
SIBLINGS: dict[str, tuple[type, type, dict[str, Any], dict[str, Any]]] = {
    "qwen2": (Qwen2Config, Qwen2ForCausalLM, {}, {}),
    "qwen3": (Qwen3Config, Qwen3ForCausalLM, {"head_dim": 16}, {"attention.key_length": 16}),
    "gemma": (
        GemmaConfig, GemmaForCausalLM, {"head_dim": 16}, {"attention.key_length": 16, "attention.value_length": 16},
    ),
    "gemma2": (
        Gemma2Config, Gemma2ForCausalLM, {"head_dim": 16, "query_pre_attn_scalar": 16, "sliding_window": 4},
        {"attention.key_length": 16, "attention.value_length": 16, "attention.sliding_window": 4,
         "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0},
    ),
}  # fmt: skip


@pytest.mark.parametrize("architecture", SIBLINGS)
def test_relatives_of_llama(tmp_path: Path, architecture: str) -> None:
    if architecture not in families.supported():
        pytest.skip("the family's file is not there")
    make, network, words, more = SIBLINGS[architecture]
    config = make(**{**SMALL, "rope_parameters": {"rope_type": "default", "rope_theta": 5000.0}, **words})
    theirs = save(tmp_path / "hf", network, config)
    numbers = ggufs.sizes(config) | {"rope.freq_base": 5000.0} | more
    path = ggufs.from_folder(tmp_path / "hf", tmp_path / "tiny.gguf", architecture, numbers, config)
    compare(theirs, model.load(path), IDS)


@pytest.mark.parametrize("factor", [8.0, 32.0])
def test_llama3_scaling_is_told_from_its_divisors(tmp_path: Path, factor: float) -> None:
    rope = {"rope_type": "llama3", "rope_theta": 500000.0, "factor": factor, "low_freq_factor": 1.0,
            "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}  # fmt: skip
    theirs, config = llama(tmp_path / "hf", head_dim=32, max_position_embeddings=16384, rope_parameters=rope)
    wave = [2 * math.pi * 500000.0 ** (i / 32) for i in range(0, 32, 2)]
    share = [min(max((8192 / w - 1) / 3, 0.0), 1.0) for w in wave]
    divisors = np.array([1 / ((1 - s) / factor + s) for s in share], np.float32)
    numbers = ggufs.sizes(config) | {"rope.dimension_count": 32, "rope.freq_base": 500000.0, "attention.key_length": 32}

    def made(rope_freqs: np.ndarray) -> Path:
        extra = {"rope_freqs.weight": rope_freqs}
        return ggufs.from_folder(tmp_path / "hf", tmp_path / "l3.gguf", "llama", numbers, config, extra=extra)

    compare(theirs, model.load(made(divisors)), IDS)
    with pytest.raises(model.CheckpointError, match="scaling that is not known"):
        model.load(made(divisors[::-1].copy()))


@pytest.mark.parametrize("kind", WRITABLE, ids=lambda k: k.name)
def test_a_model_in_every_format(tmp_path: Path, kind: Any) -> None:
    """As good as the same numbers, dequantised, in Hugging Face's model."""
    theirs, path = llama_file(tmp_path, kind)
    with torch.no_grad():
        for parameter in theirs.parameters():
            if parameter.dim() == 2:
                stored = gguf.quantize(parameter.numpy(), kind)
                parameter.copy_(torch.from_numpy(gguf.dequantize(stored, kind).copy()))
    m = model.load(path)
    with torch.no_grad():
        torch.testing.assert_close(m.logits(IDS), theirs(torch.tensor([IDS])).logits[0], rtol=1e-4, atol=1e-4)
    assert m.dtype == torch.float32
    assert kind.name in m.card["format"]


@pytest.mark.parametrize("kind", WRITABLE + K_QUANTS, ids=lambda k: k.name)
def test_numbers_are_those_of_the_gguf_package(tmp_path: Path, kind: Any) -> None:
    block, size = gguf.GGML_QUANT_SIZES[kind]
    raw = np.random.default_rng(0).integers(0, 256, (3, 2, 2 * size * (1 if block > 1 else 32)), np.uint8)
    writer = gguf.GGUFWriter(tmp_path / "x.gguf", "llama")
    shape = gguf.quant_shape_from_byte_shape(raw.shape, kind)
    writer.add_tensor("x", raw, raw_dtype=kind)
    writer.add_tensor("nothing", np.zeros((0, 4), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    file = GGUFFile(tmp_path / "x.gguf")
    with np.errstate(all="ignore"):
        wanted = gguf.dequantize(raw, kind)
    found = file.read("x")
    assert found.shape == tuple(shape)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, wanted.reshape(shape))
    assert file.read("nothing").shape == (0, 4)


def test_metadata_is_read_as_the_gguf_package_reads_it(tmp_path: Path) -> None:
    writer = gguf.GGUFWriter(tmp_path / "x.gguf", "llama")
    given = {
        "u8": (5, gguf.GGUFValueType.UINT8), "i8": (-5, gguf.GGUFValueType.INT8),
        "u16": (500, gguf.GGUFValueType.UINT16), "i16": (-500, gguf.GGUFValueType.INT16),
        "u64": (2**60, gguf.GGUFValueType.UINT64), "i64": (-(2**60), gguf.GGUFValueType.INT64),
        "f32": (0.5, gguf.GGUFValueType.FLOAT32), "f64": (0.1, gguf.GGUFValueType.FLOAT64),
        "yes": (True, gguf.GGUFValueType.BOOL), "text": ("naïve 🙂", gguf.GGUFValueType.STRING),
    }  # fmt: skip
    for key, (value, kind) in given.items():
        writer.add_key_value(key, value, kind)
    writer.add_array("numbers", [1, 2, 3])
    writer.add_array("texts", ["a", "", "日本"])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    found = GGUFFile(tmp_path / "x.gguf").metadata
    assert {key: found[key] for key in given} == {key: value for key, (value, _) in given.items()}
    assert found["numbers"] == [1, 2, 3]
    assert found["texts"] == ["a", "", "日本"]


def mapped(path: Path) -> list[tuple[int, int]]:
    """Address ranges at which this process has the file mapped."""
    lines = Path("/proc/self/maps").read_text().splitlines()
    ends = [line.split()[0].split("-") for line in lines if line.endswith(str(path))]
    return [(int(start, 16), int(end, 16)) for start, end in ends]


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux tells what is mapped")
def test_weights_are_the_cached_file_itself(tmp_path: Path) -> None:
    _, path = llama_file(tmp_path, Kind.Q8_0)
    for _ in range(2):  # converted, then opened
        m = model.load(path, device="cpu")
        where = mapped(gguf_convert.place(path) / "model.safetensors")
        for name, parameter in m.network.named_parameters():
            assert any(start <= parameter.data_ptr() < end for start, end in where), name


def test_a_file_is_converted_once_and_again_when_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, path = llama_file(tmp_path)
    said: list[tuple[float, str]] = []
    first = model.load(path, progress=lambda f, w: said.append((f, w))).logits(IDS)
    fractions = [f for f, _ in said]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)
    assert all("tiny.gguf" in w or w == "reading the weights" for _, w in said)
    opened: list[Path] = []

    def noted(p: Path) -> GGUFFile:
        opened.append(p)
        return GGUFFile(p)

    monkeypatch.setattr(gguf_convert, "GGUFFile", noted)
    assert torch.equal(model.load(path).logits(IDS), first)
    assert not opened
    _, path = llama_file(tmp_path, hidden_act="silu", num_hidden_layers=1)
    assert not torch.equal(model.load(path).logits(IDS), first)
    assert opened == [path]


@pytest.mark.parametrize(
    ("said", "ends"),
    [({}, set()), ({"eos_token_id": 2}, {2}), ({"eos_token_id": 2, "eot_token_id": 5, "eom_token_id": 6}, {2, 5, 6})],
)
def test_every_token_that_ends_a_text_is_known(tmp_path: Path, said: dict[str, Any], ends: set[int]) -> None:
    _, config = llama(tmp_path / "hf")
    tokens = [f"t{i}" for i in range(37)]
    add = ggufs.add_tokenizer("gpt2", tokens, [1] * 37, [], **said)
    path = ggufs.from_folder(
        tmp_path / "hf", tmp_path / "tiny.gguf", "llama", ggufs.sizes(config), config, tokenizer=add
    )
    assert stop_ids(model.load(path)) == ends


def test_the_converted_folder_is_a_source_too(tmp_path: Path) -> None:
    _, path = llama_file(tmp_path)
    m = model.load(path)
    again = model.load(gguf_convert.place(path))
    assert torch.equal(again.logits(IDS), m.logits(IDS))
    assert again.config == m.config
    assert model.load(path, dtype=torch.float64).dtype == torch.float64


def test_what_is_not_supported_is_named(tmp_path: Path) -> None:
    _, config = llama(tmp_path / "hf")
    numbers = ggufs.sizes(config)

    def refused(message: str, architecture: str = "llama", without: str = "", **more: Any) -> None:
        given = {k: v for k, v in numbers.items() if k != without} | {k.replace("__", "."): v for k, v in more.items()}
        path = ggufs.from_folder(tmp_path / "hf", tmp_path / "x.gguf", architecture, given, config)
        with pytest.raises(model.CheckpointError, match=message):
            model.load(path)

    refused("'mamba' in GGUF: not supported; supported: llama", "mamba")
    refused("expert_count is not known", expert_count=8)
    refused("'yarn' in GGUF is not supported", rope__scaling__type="yarn", rope__scaling__factor=4.0)
    with pytest.raises(model.CheckpointError, match="one part of a split GGUF; join them first"):
        model.load(
            ggufs.write(tmp_path / "part.gguf", "llama", {}, {}, tokenizer=lambda w: ggufs.put(w, "split.count", 3))
        )
    refused("rotating 4 of 8", rope__dimension_count=4)
    refused("needs num_attention_heads", without="attention.head_count")
    refused("must be one number", context_length="many")
    refused("layers", block_count=5000)
    refused("lack|no place", block_count=1)
    refused("lack|no place", block_count=3)


def test_linear_scaling(tmp_path: Path) -> None:
    rope = {"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}
    theirs, config = llama(tmp_path / "hf", rope_parameters=rope)
    numbers = ggufs.sizes(config) | {"rope.scaling.type": "linear", "rope.scaling.factor": 4.0}
    compare(theirs, model.load(ggufs.from_folder(tmp_path / "hf", tmp_path / "x.gguf", "llama", numbers, config)), IDS)
