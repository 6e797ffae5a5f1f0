"""``python -m app.cli`` is ``cx``; the supervisor starts its children this way."""

from app.cli.main import main

if __name__ == "__main__":
    main()
