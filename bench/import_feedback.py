"""The import of feedback files: rows per second and peak memory, with and without tagging.

Writes CSV files out of real reviews (or of a few sentences where there are none), and imports each in a
process of its own. Peak memory is that of the importing process, the text model included.
"""

import csv
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from app import start
from bench.house import House
from core import db
from feedback.cli import import_feedback

REVIEWS = Path(__file__).resolve().parents[2] / "shared" / "data" / "reviews"
SENTENCES = (
    "理赔等了一个月还没有结果",
    "客服很耐心，问题当场就解决了",
    "扣费前没有人提醒我",
    "网点排队太久，只开一个窗口",
)
SIZES = (10_000, 100_000)


def report(house: House) -> list[str]:
    """Return the figures as lines of Markdown."""
    words = texts(REVIEWS)
    lines = [
        f"CSV files of {'real reviews' if len(words) > 100 else 'a few sentences'}, one importing process.",
        "",
        "| rows | tagging | seconds | rows/s | peak memory, MB |",
        "|---:|---|---:|---:|---:|",
    ]
    for rows in SIZES:
        file = house.home / f"{rows}.csv"
        write(file, rows, words)
        for tag in (False, True):
            seconds, peak = measure(house, file, tag=tag)
            name = "yes" if tag else "no"
            lines.append(f"| {rows:,} | {name} | {seconds:.1f} | {rows / seconds:,.0f} | {peak:.0f} |")
    return lines


def texts(folder: Path) -> list[str]:
    """Return the review texts of the folder, or the few sentences where there is none."""
    found = [
        str(json.loads(line)["text"])
        for file in sorted(folder.glob("*.train.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    return found or list(SENTENCES)


def write(file: Path, rows: int, words: Iterable[str]) -> None:
    """Write a CSV of so many rows, cycling through the texts."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["编号", "提交时间", "来源渠道", "评分", "评论内容"])
        for number, text in zip(range(rows), itertools.cycle(words), strict=False):
            day = f"2026-{number % 9 + 1:02d}-{number % 28 + 1:02d} 10:{number % 60:02d}"
            writer.writerow([f"B{number}", day, "网页", number % 5 + 1, text])


def measure(house: House, file: Path, *, tag: bool) -> tuple[float, float]:
    """Import the file in a process of its own into an emptied table; return seconds and peak MB."""
    with db.transaction() as session:
        session.connection().exec_driver_sql("TRUNCATE feedback, import_runs CASCADE")
    command = [sys.executable, "-m", "bench.import_feedback", str(file), str(int(tag))]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=house.environment)
    seconds, peak = json.loads(done.stdout.splitlines()[-1])
    return seconds, peak


def child(file: str, tag: str) -> None:
    """Import one file and print seconds and peak memory."""
    start.prepare("bench", pool_size=2)
    began = time.perf_counter()
    done = import_feedback(
        Path(file),
        source="bench",
        channel=None,
        open_tickets=False,
        tag=bool(int(tag)),
        region_code=None,
        console=Console(file=sys.stderr, quiet=True),
    )
    seconds = time.perf_counter() - began
    assert not done.rejected, done
    print(json.dumps([seconds, peak_mb()]))


def peak_mb() -> float:
    """Return the peak memory of this process; ru_maxrss would begin with that of the process that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    child(*sys.argv[1:])
