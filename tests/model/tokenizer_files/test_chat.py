"""Chat templates: what they write, and that those that mean harm do none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import model
from model.tokenizers import FileTokenizer, LetterTokenizer
from tests.model.tokenizer_files.texts import opened

TEMPLATE = (
    "{% for m in messages %}{% if m['role'] not in ['user', 'assistant', 'system'] %}"
    "{{ raise_exception('no role ' + m['role']) }}{% endif %}{{ bos_token + m['role'] + ': ' + m['content'] }}\n"
    "{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}"
)
HELLO = [{"role": "user", "content": "Hi <b>&'\"🙂"}, {"role": "assistant", "content": "Yes"}]


def speaker(merges: Path, template: Any, folder: Path) -> FileTokenizer:
    for file in ("vocab.json", "merges.txt"):
        (folder / file).write_bytes((merges / file).read_bytes())
    (folder / "tokenizer_config.json").write_text(json.dumps({"bos_token": "<s>", "chat_template": template}))
    return opened(folder)


def test_chat(merges: Path, tmp_path: Path) -> None:
    ours = speaker(merges, TEMPLATE, tmp_path)
    assert ours.chat(HELLO) == "<s>user: Hi <b>&'\"🙂\n<s>assistant: Yes\nassistant:"
    assert ours.chat(HELLO, answer=False).endswith("Yes\n")
    assert ours.pieces(ours.encode(ours.chat(HELLO)))[0] == "<s>"
    with pytest.raises(model.InputError, match="no role pirate"):
        ours.chat([{"role": "pirate", "content": "Arr"}])
    several = speaker(merges, [{"name": "tools", "template": "x"}, {"name": "default", "template": TEMPLATE}], tmp_path)
    assert several.chat(HELLO) == ours.chat(HELLO)
    (tmp_path / "chat_template.jinja").write_text("{{ messages[0].content|tojson }}")
    assert opened(tmp_path).chat(HELLO) == '"Hi <b>&\'\\"🙂"'


@pytest.mark.parametrize("messages", [[], [{}], ["x"], [{"role": "user"}], [{"role": "user", "content": 5}], [None]])
def test_what_is_no_conversation(merges: Path, tmp_path: Path, messages: Any) -> None:
    with pytest.raises(model.InputError, match="messages must be a list such as"):
        speaker(merges, TEMPLATE, tmp_path).chat(messages)


def test_models_without_chat(merges: Path) -> None:
    with pytest.raises(model.InputError, match="no chat template"):
        opened(merges).chat(HELLO)
    with pytest.raises(model.InputError, match="letters"):
        LetterTokenizer("ABC").chat(HELLO)


@pytest.mark.parametrize(
    "template",
    [
        "{% for",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ messages.append(1) }}",
        "{{ cycler.__init__.__globals__.os.system('touch burst') }}",
        "{{ 'x' * 10**10 }}",
        "{{ 'x'.center(10**10) }}",
        "{% set n = namespace(s='x') %}{% for i in range(60) %}{% set n.s = n.s ~ n.s %}{% endfor %}{{ n.s }}",
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "{% for i in range(99999) %}{{ 'x' * 999 }}{% endfor %}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{{ missing.attribute }}",
        "{% include '/etc/passwd' %}",
    ],
)
def test_templates_that_mean_harm(merges: Path, tmp_path: Path, template: str, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(model.InputError, match="chat template"):
        speaker(merges, template, tmp_path).chat(HELLO)
    assert not (tmp_path / "burst").exists()
