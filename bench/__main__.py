"""`python -m bench`: all measures, as Markdown tables. Ratios within one run; the machine may be busy."""

from bench import completeness, imports, loading, memory, positions, scene, smollm2, tracing, walkthrough


def main() -> None:
    tracing.main()
    memory.main()
    imports.main()
    loading.main()
    smollm2.main()
    completeness.main()
    walkthrough.main()
    scene.main()
    positions.main()


main()
