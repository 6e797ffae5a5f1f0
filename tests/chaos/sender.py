"""A sending process for the chaos tests: drains like the worker does, until it is killed.

Run as ``python -m tests.chaos.sender CHANNEL``; the environment gives DATABASE_URL, SMTP_URL or SMS_URL and
the rest.
"""

import sys
import time

from core import clock, crypto, db, logs, settings
from delivery import jobs
from delivery.rules import Channel
from tests.delivery import post


def main() -> None:
    """Send whatever is due, again and again."""
    config, channel = settings.current(), Channel(sys.argv[1])
    logs.configure("ERROR", "json")
    crypto.use(crypto.Keyring.parse(config.huisheng_keys, config.huisheng_secret))
    db.connect(config.database_url, pool_size=4, application="chaos-sender")
    post.compose_with(post.write)
    print("sending", flush=True)  # noqa: T201 - the test waits for this line
    with clock.use(post.AroundNoon()):
        while True:
            post.drain(config, channel=channel, seconds=jobs.LONGEST_RUN_SECONDS)
            time.sleep(0.1)


if __name__ == "__main__":
    main()
