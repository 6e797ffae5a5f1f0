"""What only its owner knows: passwords (argon2id) and one-time codes (TOTP, RFC 6238)."""

import hmac
from datetime import datetime

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# 19 MiB, two passes, one lane: OWASP's setting for argon2id. About 20 ms of one core, and sixteen logins at
# once take 300 MiB, which the smallest machine that runs the product has.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

# Made once with HASHER from random bytes that nobody kept: unknown logins are checked against it, so that
# they take as long to refuse as known ones.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$6JCrjaLezgnW7rwd+Raj9g$ZFO5H0iXc0XPl7CUw8jTGi2ipWtEtE059tor93EHkSY"

STEP_SECONDS = 30


def hash_password(password: str) -> str:
    """Return what is stored of a password."""
    return HASHER.hash(password)


def is_password(stored: str, given: str) -> bool:
    """Say whether ``given`` is the password of which ``stored`` was made."""
    try:
        return HASHER.verify(stored, given)
    except (VerificationError, InvalidHashError):
        return False


def totp_step(secret: str, code: str, now: datetime, last_step: int | None) -> int | None:
    """Return the step whose code was given, or None if it is wrong, too old or was used before.

    One step (30 s) of drift either way is allowed. A step at or before ``last_step`` is refused: a code seen
    over the shoulder is worth nothing (RFC 6238, 5.2).
    """
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    given = "".join(code.split())
    current = int(now.timestamp()) // STEP_SECONDS
    for step in (current, current - 1, current + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), given.encode()):
            return step if last_step is None or step > last_step else None
    return None
