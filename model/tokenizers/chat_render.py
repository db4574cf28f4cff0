"""Renders one chat template: JSON on standard input, JSON on standard output. Run by chat.py in a process of its own.

A template comes with a downloaded model. Jinja's sandbox keeps it away from Python, but not from using up time and
memory; a process with limits does.
"""

import contextlib
import datetime
import json
import sys
from typing import Any, NoReturn

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

SECONDS = 3
MEMORY = 512 << 20
LONGEST = 1 << 20  # characters


def limit() -> None:
    """Where the system can: at most this much memory and processor time, and no file written."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def refuse(message: str) -> NoReturn:
    """What templates call when they do not like the messages."""
    raise TemplateError(message)


def tojson(value: Any, ensure_ascii: bool = False, indent: int | None = None, **_words: Any) -> str:
    """Without Jinja's own escapes for HTML, which models have never seen."""
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent)


def render(template: str, words: dict[str, Any]) -> str:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.filters["tojson"] = tojson
    environment.globals["raise_exception"] = refuse
    environment.globals["strftime_now"] = lambda form: datetime.datetime.now().strftime(form)
    out, length = [], 0
    for chunk in environment.from_string(template).generate(**words):
        length += len(chunk)
        if length > LONGEST:
            raise TemplateError(f"it writes more than {LONGEST:,} characters")
        out.append(chunk)
    return "".join(out)


def main() -> None:
    given = json.load(sys.stdin)
    limit()
    try:
        answer = {"text": render(given["template"], given["words"])}
    except MemoryError:
        answer = {"error": "it needs too much memory"}
    except Exception as error:  # whatever a stranger's template comes to
        answer = {"error": str(error)[:500] or type(error).__name__}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
