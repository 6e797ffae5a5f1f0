"""What every process of the product does first: settings, logs, keys, database, wiring."""

from app import flow
from core import crypto, db, logs, settings
from core.embedded import EmbeddedPostgres
from core.jobs import engine
from core.settings import Settings


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
    """Return the URL of the database, starting the embedded server if that is the one and it is down."""
    if not config.embedded:
        return config.database_url
    server = embedded(config)
    return server.running_url() or server.start()
