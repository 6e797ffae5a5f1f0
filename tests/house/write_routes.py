"""Accept the addresses of the house as they are now: ``python -m tests.house.write_routes``."""

import os
import sys
import tempfile

from app.web import create_app
from core.settings import load
from tests.house import routes


def main() -> None:
    """Write routes.json and say what changed."""
    with tempfile.TemporaryDirectory() as home:
        # Nothing is asked of a database, so the settings of a first start will do.
        settings = load({"HUISHENG_HOME": home, "PATH": os.environ.get("PATH", "")}, founding=True)
        found = routes.inventory(create_app(settings))
    known = routes.stored() if routes.INVENTORY.exists() else {}
    routes.store(found)
    for line in sorted(known.keys() - found.keys()):
        sys.stdout.write(f"gone  {line}\n")
    for line in sorted(found.keys() - known.keys()):
        sys.stdout.write(f"new   {line}  ({found[line]})\n")
    for line in sorted(found.keys() & known.keys()):
        if found[line] != known[line]:
            sys.stdout.write(f"guard {line}  {known[line]} -> {found[line]}\n")
    sys.stdout.write(f"{len(found)} addresses in {routes.INVENTORY.name}\n")


if __name__ == "__main__":
    main()
