"""A sending process for the chaos tests: drains like the worker does, until it is killed.

Run as ``python -m tests.chaos.sender``; the environment gives DATABASE_URL, SMTP_URL and the rest.
"""

import time

from core import crypto, db, logs, settings
from delivery import jobs
from tests.delivery import post


def main() -> None:
    """Send whatever is due, again and again."""
    config = settings.current()
    logs.configure("ERROR", "json")
    crypto.use(crypto.Keyring.parse(config.huisheng_keys, config.huisheng_secret))
    db.connect(config.database_url, pool_size=4, application="chaos-sender")
    post.compose_with(post.write)
    print("sending", flush=True)  # noqa: T201 - the test waits for this line
    while True:
        post.drain(config, seconds=jobs.LONGEST_RUN_SECONDS)
        time.sleep(0.1)


if __name__ == "__main__":
    main()
