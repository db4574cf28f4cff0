"""Chat templates: programs in Jinja that come with a model, so they run apart from us (see chat_render.py)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from model.errors import InputError

_SECONDS = 10
_LONGEST = 1 << 20


def render(template: str, messages: Sequence[Mapping[str, Any]], words: Mapping[str, Any]) -> str:
    """The text a template makes of messages. words: what else it may ask for, such as bos_token.

    Raises InputError when the messages are none, or the template fails, refuses them or uses too much.
    """
    if not messages or not all(
        isinstance(m, Mapping) and isinstance(m.get("role"), str) and isinstance(m.get("content"), str)
        for m in messages
    ):
        raise InputError('messages must be a list such as [{"role": "user", "content": "Hello"}], with text in both.')
    given = json.dumps({"template": template, "words": {"messages": [dict(m) for m in messages], **words}}, default=str)
    if len(given) > _LONGEST:
        raise InputError(f"the conversation and its template have more than {_LONGEST:,} characters; shorten it.")
    return _run(given)


@lru_cache(maxsize=32)
def _run(given: str) -> str:
    # -I: nothing from the surroundings, neither PYTHONPATH nor the current folder, changes what runs.
    command = [sys.executable, "-I", str(Path(__file__).with_name("chat_render.py"))]
    try:
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603
        answer = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise InputError("the model's chat template does not come to an end; write the text by hand.") from error
    except ValueError as error:  # killed by its limits, so no answer
        raise InputError("the model's chat template uses too much time or memory; write the text by hand.") from error
    if "error" in answer:
        raise InputError(f"the model's chat template cannot write these messages: {answer['error']}.")
    return str(answer["text"])
