"""`python -m bench`: all measures, as Markdown tables. Ratios within one run; the machine may be busy."""

from bench import completeness, imports, memory, tracing


def main() -> None:
    tracing.main()
    memory.main()
    imports.main()
    completeness.main()


main()
