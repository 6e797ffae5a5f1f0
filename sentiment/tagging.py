"""Tagging files: JSON lines in, JSON lines out, in order, with flat memory however long the file is."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from multiprocessing import get_context
from multiprocessing.pool import AsyncResult, Pool
from pathlib import Path

from sentiment.engines import analyse_many

LINES_AT_ONCE = 512
WAITING_FOR_EACH_JOB = 3
"""Blocks of lines that may be under way for each process: bounds the memory."""

MOST_REASONS = 100
"""How many bad lines are kept with their reason; all of them are counted."""

Block = list[tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that could not be tagged: its number, from 1, and why."""

    number: int
    reason: str


@dataclass(slots=True)
class TagReport:
    """What became of a file."""

    tagged: int = 0
    bad: int = 0
    reasons: list[BadLine] = field(default_factory=list)

    def note(self, lines: list[BadLine]) -> None:
        """Count bad lines, keep the first `MOST_REASONS` of them."""
        self.bad += len(lines)
        self.reasons.extend(lines[: MOST_REASONS - len(self.reasons)])


def tag_file(
    source: Path,
    target: Path,
    *,
    jobs: int = 2,
    engine: str = "huisheng",
    domain: str | None = None,
    progress: Callable[[int], None] = lambda _done: None,
) -> TagReport:
    """Tag every `{"id","text"}` line of `source` into `target`, in order.

    `engine` and `domain` are those of `analyse`. Bad lines are skipped and reported; empty lines are passed
    over; a line without an id gets its number. `progress` is told the bytes of `source` that are done. The
    target appears whole or not at all. With `jobs` over 1 as many processes work. Raises `OSError` if a file
    cannot be opened, `ValueError` for `jobs` below 1 or if both files are one.
    """
    if jobs < 1:
        msg = f"jobs must be at least 1, not {jobs}"
        raise ValueError(msg)
    if target.exists() and target.samefile(source):
        msg = "source and target are the same file"
        raise ValueError(msg)
    report = TagReport()
    unfinished = target.with_name(target.name + ".part")
    with ExitStack() as stack:
        lines = stack.enter_context(source.open("rb"))
        out = stack.enter_context(unfinished.open("wb"))
        pool = stack.enter_context(get_context("spawn").Pool(jobs)) if jobs > 1 else None
        done = 0
        for size, tagged, bad in _results(
            _blocks(lines),
            partial(tag_block, engine=engine, domain=domain),
            pool,
            jobs * WAITING_FOR_EACH_JOB,
        ):
            out.writelines(tagged)
            report.tagged += len(tagged)
            report.note(bad)
            done += size
            progress(done)
    unfinished.replace(target)
    return report


Result = tuple[int, list[bytes], list[BadLine]]


def _blocks(lines: Iterator[bytes]) -> Iterator[Block]:
    numbered = enumerate(lines, start=1)
    while block := list(islice(numbered, LINES_AT_ONCE)):
        yield block


def _results(
    blocks: Iterator[Block], tag: Callable[[Block], Result], pool: Pool | None, most: int
) -> Iterator[Result]:
    """Give the results of all blocks in their order; never more than `most` are under way."""
    if pool is None:
        for block in blocks:
            yield tag(block)
        return
    waiting: deque[AsyncResult[Result]] = deque()
    for block in blocks:
        waiting.append(pool.apply_async(tag, (block,)))
        if len(waiting) >= most:
            yield waiting.popleft().get()
    while waiting:
        yield waiting.popleft().get()


def tag_block(block: Block, engine: str, domain: str | None = None) -> Result:
    """Tag numbered raw lines: (bytes read, tagged lines, bad lines)."""
    ids: list[object] = []
    texts: list[str] = []
    bad: list[BadLine] = []
    for number, raw in block:
        if not raw.strip():
            continue
        try:
            line_id, text = _parse(raw, number)
        except ValueError as reason:
            bad.append(BadLine(number, str(reason)))
            continue
        ids.append(line_id)
        texts.append(text)
    found = analyse_many(texts, engine=engine, domain=domain)
    tagged = [_line(one.to_tag(line_id)) for line_id, one in zip(ids, found, strict=True)]
    return sum(len(raw) for _number, raw in block), tagged, bad


def _parse(raw: bytes, number: int) -> tuple[object, str]:
    """Read one line; raises `ValueError` with a sentence about what is wrong."""
    try:
        line = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError:
        msg = "not UTF-8"
        raise ValueError(msg) from None
    except (json.JSONDecodeError, RecursionError):
        msg = "not JSON"
        raise ValueError(msg) from None
    if not isinstance(line, dict):
        msg = "not a JSON object"
        raise ValueError(msg)
    if not isinstance(line.get("text"), str):
        msg = 'no "text" with words in it'
        raise ValueError(msg)
    return line.get("id", number), line["text"]


def _line(tag: dict[str, object]) -> bytes:
    """Write a tag as one line of UTF-8; half characters of broken input are written as escapes."""
    try:
        return (json.dumps(tag, ensure_ascii=False) + "\n").encode()
    except UnicodeEncodeError:
        return (json.dumps(tag) + "\n").encode()
