"""Write the JSON Schema of our survey files into the documentation: ``python -m tests.surveys.write_schema``."""

import json
from pathlib import Path

import surveys
from surveys.rules.foreign import own

FILE = Path(surveys.__file__).parents[1] / "docs" / "survey.schema.json"


if __name__ == "__main__":
    FILE.write_text(json.dumps(own.schema(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
