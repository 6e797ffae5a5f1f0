"""``python -m migrations "what it does"`` writes the next revision from the difference to the tables."""

import sys

from alembic import command
from alembic.script import ScriptDirectory

from app import schema, start


def main() -> None:
    """Write the next numbered revision; the developer reads it before it lands."""
    if len(sys.argv) != 2:
        sys.exit('usage: python -m migrations "what it does"')
    start.prepare("migrations", founding=True)
    schema.upgrade()
    head = ScriptDirectory.from_config(schema.config()).get_current_head()
    command.revision(schema.config(), sys.argv[1], autogenerate=True, rev_id=f"{int(head or '0') + 1:04d}")


if __name__ == "__main__":
    main()
