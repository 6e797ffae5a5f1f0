"""What every process of the product does first: settings, logs, keys, database, wiring."""

import atexit
import subprocess

from sqlalchemy.exc import SQLAlchemyError

from app import flow, supervisor
from core import crypto, db, logs, settings
from core.embedded import DatabaseStartError, EmbeddedPostgres
from core.jobs import engine
from core.settings import Settings

log = logs.get(__name__)


def prepare(application: str, *, pool_size: int = 4, founding: bool = False) -> Settings:
    """Make this process ready to open transactions; raise SettingsError if the environment is incomplete.

    Only with ``founding`` is a home made where there is none; otherwise NoHomeError says where it was looked for.
    """
    config = settings.found() if founding else settings.current()
    if not founding:
        must_be_founded(config)
    logs.configure(config.log_level, config.log_format)
    crypto.use(crypto.Keyring.parse(config.huisheng_keys, config.huisheng_secret))
    db.connect(database_url(config), pool_size=pool_size, application=f"huisheng-{application}")
    engine.wire(flow.FLOW, flow.JOBS)
    flow.wire_doors()
    return config


def must_be_founded(config: Settings) -> None:
    """Raise NoHomeError if the embedded database is the one to use and nobody has made it yet."""
    if config.embedded and not embedded(config).exists():
        raise settings.no_home(config.huisheng_home)


def embedded(config: Settings) -> EmbeddedPostgres:
    """Return the embedded server of this home, running or not."""
    return EmbeddedPostgres(config.huisheng_home / "postgres")


def database_url(config: Settings) -> str:
    """Return the URL of the database, starting the embedded server if that is the one and it is down.

    Whoever started it stops it at the end of the process, unless the house runs by then: a database that stays behind
    a command would be copied half-written by the next backup of the folder.
    """
    if not config.embedded:
        return config.database_url
    server = embedded(config)
    running = server.running_url()
    if running is not None:
        return running
    atexit.register(_leave_as_found, config, server)
    return server.start()


def _leave_as_found(config: Settings, server: EmbeddedPostgres) -> None:
    """Stop the server that this process started, if neither a supervisor nor another command works on it."""
    db.disconnect()
    try:
        with supervisor.hold(config.huisheng_home):
            if server.is_running() and not server.is_in_use():
                server.stop()
    except supervisor.AlreadyRunningError:
        pass  # the supervisor stops it
    except (DatabaseStartError, SQLAlchemyError, subprocess.SubprocessError, OSError) as error:
        log.warning("database_left_running", error=type(error).__name__)
