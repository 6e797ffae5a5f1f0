"""Commands that run the product: all of it, or one process of it."""

import ipaddress
import os
import socket
import sys

import click
from granian import Granian
from granian.constants import Interfaces
from granian.errors import FatalError
from granian.log import LogLevels

from app import first_start, flow, start, supervisor
from app.demo import story
from core import settings
from core.jobs import bells, worker
from core.process import die_with_parent

_PORT = click.IntRange(1, 65535)


def _address(_context: click.Context, _option: click.Parameter, host: str) -> str:
    """Return the address that ``host`` names: the HTTP server takes numbers only."""
    if host == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        raise click.BadParameter(f"{host!r} is not an address such as 127.0.0.1 or 0.0.0.0") from None


@click.command()
@click.option(
    "--host", default="127.0.0.1", show_default=True, callback=_address, help="Address to listen on."
)
@click.option("--port", default=8000, show_default=True, type=_PORT, help="Port to listen on.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Worker processes.")
@click.option("--demo", is_flag=True, help="Load a year of demo data if there is no customer yet.")
def up(host: str, port: int, workers: int, demo: bool) -> None:
    """Run everything on this machine: database, web, worker and clock."""
    _refuse_taken_port(host, port)
    # Links in e-mails lead here unless the administrator says where customers reach us.
    os.environ.setdefault("HUISHENG_BASE_URL", f"http://{_shown(host)}:{port}")
    try:
        held = supervisor.hold(settings.found().huisheng_home)
    except supervisor.AlreadyRunningError as other:
        raise click.ClickException(f"这个目录已经在运行（进程 {other}），请先停止它。") from other
    with held:
        _up(host, port, workers, demo=demo)


def _up(host: str, port: int, workers: int, *, demo: bool) -> None:
    config = start.prepare("up", founding=True)
    first_start.bring_up(config)
    password = first_start.ensure_administrator(config)
    if demo and first_start.is_empty():
        click.echo("正在载入演示数据（一年、五千名客户），约需一分钟……")
        story.tell(progress=True)
    _greet(host, port, password)
    database = start.embedded(config) if config.embedded else None
    supervisor.Supervisor(config, host, port, workers, database).run()
    click.echo("已停止。")


def _greet(host: str, port: int, password: str | None) -> None:
    config = settings.current()
    click.echo(f"\n  回声 Huisheng   http://{_shown(host)}:{port}/")
    if password is not None:
        click.echo(f"  登录账号        {first_start.ADMIN}    初始密码 {password}")
        click.echo("  请登录后在“我的账号”中修改密码。")
    elif first_start.first_login_note(config).exists():
        click.echo(
            f"  登录账号        {first_start.ADMIN}    初始密码见 {first_start.first_login_note(config)}"
        )
    if not config.smtp_url:
        click.echo(f"  邮件            未设置 SMTP_URL，邮件写入 {config.huisheng_home / 'outbox'}")
    if not config.sms_url:
        click.echo(f"  短信            未设置 SMS_URL，短信写入 {config.huisheng_home / 'outbox'}")
    if sys.stderr.isatty():
        click.echo(f"  日志            {supervisor.log_folder(config)}")
    click.echo("  按 Ctrl-C 停止。\n")


def _shown(host: str) -> str:
    return "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"端口 {port} 无法使用（{error.strerror}），请用 --port 另选一个。"
            ) from error


@click.command()
@click.option(
    "--host", default="127.0.0.1", show_default=True, callback=_address, help="Address to listen on."
)
@click.option("--port", default=8000, show_default=True, type=_PORT, help="Port to listen on.")
def web(host: str, port: int) -> None:
    """Serve HTTP with WEB_PROCESSES processes of WEB_THREADS threads."""
    config = settings.current()
    start.must_be_founded(config)
    die_with_parent()
    server = Granian(
        "app.wsgi:application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=config.web_processes,
        blocking_threads=config.web_threads,
        backlog=2048,
        websockets=False,
        respawn_failed_workers=True,
        respawn_interval=1.0,
        workers_kill_timeout=10,
        log_level=LogLevels.error,
    )
    try:
        server.serve()
    except FatalError as error:
        raise click.ClickException(str(error)) from error


@click.command("worker")
@click.option(
    "--concurrency", default=4, show_default=True, type=click.IntRange(1, 64), help="Jobs at a time."
)
@click.option("--until-empty", is_flag=True, help="Stop when nothing is left to do.")
def work(concurrency: int, until_empty: bool) -> None:
    """Relay events and run jobs."""
    die_with_parent()
    config = start.prepare("worker", pool_size=concurrency + 2)
    worker.work(start.database_url(config), concurrency=concurrency, until_empty=until_empty)


@click.command()
def clock() -> None:
    """Ring the bells; run as many as you like, each slot rings once."""
    die_with_parent()
    start.prepare("clock", pool_size=2)
    bells.run_clock(flow.BELLS)


COMMANDS = (up, web, work, clock)
