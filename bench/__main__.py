"""``make bench``: run the measurements in throw-away installations, print them, write docs/benchmarks.md."""

import argparse
import os
import platform
from collections.abc import Callable
from pathlib import Path

from bench import answering, import_feedback, latency, pages, submission, survey_results, text_engine
from bench import house as houses
from core import clock

FILE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"

PARTS: dict[str, tuple[str, Callable[[houses.House], list[str]]]] = {
    "submission": ("Submitting an answer, beside the bare limit", submission.report),
    "answering": ("Showing and taking pages of a questionnaire", answering.report),
    "latency": ("From answer to ticket", latency.report),
    "import": ("Import with and without tagging", import_feedback.report),
    "pages": ("Pages of staff, on the demo and on 100,000 rows", pages.report),
    "survey_results": ("Results of a survey with 200,000 responses", survey_results.report),
    "text_engine": ("The text engine", text_engine.report),
}


def main() -> None:
    """Run the parts that are named (all by default) and rewrite their sections."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], help="which measurements to run")
    wanted = parser.parse_args().part or list(PARTS)
    sections = _known_sections()
    for name in wanted:
        title, report = PARTS[name]
        print(f"\n## {title}\n", flush=True)
        with houses.throw_away() as house:
            lines = report(house)
        print("\n".join(lines), flush=True)
        command = f"`python -m bench {name}`, {clock.beijing_day(clock.now())}, {_machine()}"
        sections[title] = "\n".join([command, "", *lines])
    _write(sections)
    print(f"\nwritten to {FILE}")


def _machine() -> str:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, load average at the end {load}"


def _known_sections() -> dict[str, str]:
    if not FILE.exists():
        return {}
    parts = FILE.read_text(encoding="utf-8").split("\n## ")[1:]
    return {title: body.strip() for title, _, body in (part.partition("\n") for part in parts)}


def _write(sections: dict[str, str]) -> None:
    titles = [title for title, _ in PARTS.values()]
    head = (
        "# Benchmarks\n\n"
        "Written by `make bench`; each section names its command, day and machine. The machine is small and noisy:\n"
        "trust ratios and CPU time before absolute rates. The text engine has its own page, text-benchmarks.md; the\n"
        "job engines stand in ADR 0002.\n"
    )
    body = "".join(f"\n## {title}\n\n{sections[title]}\n" for title in titles if title in sections)
    FILE.write_text(head + body, encoding="utf-8")


if __name__ == "__main__":
    main()
