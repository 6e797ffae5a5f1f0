"""One year of an invented insurer: the same dice and the same last day tell the same story."""

import random
import secrets
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import click
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from app.demo import asking, cases, factories, halfway, people, questionnaires, year
from core import clock, db, settings
from core.models import EventRow
from dashboards import services as dashboards
from feedback import services as feedback

CUSTOMERS = 5_000
SEED = 20_260_101


def tell(*, progress: bool = False, customers: int = CUSTOMERS, end: date | None = None) -> None:
    """Load the year that ends with ``end`` (yesterday) into an empty database, in one transaction.

    It is told as of the midnight after, so the same day always tells the same story. The staff's common
    password is random and kept in ``<home>/demo-logins.txt``.
    """
    say: Callable[[str], None] = click.echo if progress else lambda _line: None
    password = secrets.token_urlsafe(9)
    last = end or clock.beijing_day(clock.now()) - timedelta(days=1)
    with clock.use(clock.FixedClock(clock.day_end(last))), db.transaction() as session:
        _tell(session, say, password, customers, last)
    note = settings.current().huisheng_home / "demo-logins.txt"
    _keep(note, password)
    with db.transaction() as session:
        session.execute(text("ANALYZE"))
    say(f"  演示账号见 {note}")


def _tell(session: Session, say: Callable[[str], None], password: str, customers: int, end: date) -> None:
    dice = random.Random(SEED)
    tree = factories.region_tree(session)
    staff = people.hire_staff(session, dice, tree, password)
    settled = people.settle_customers(session, dice, tree, customers)
    say(f"  {len(tree)} 个机构，{len(staff)} 名员工，{len(settled)} 名客户")
    city_of = {region.id: code for code, region in tree.items()}
    questionnaires.publish(session, staff, end)
    visits = year.plan(dice, settled, city_of, end)
    asking.write(session, dice, visits)
    say(f"  {len(visits)} 次邀请，{sum(visit.answered_at is not None for visit in visits)} 份回答")
    say(f"  {halfway.leave(session)} 人答到一半离开")
    visitors = questionnaires.answer_in_branches(session, dice, tree, end)
    questionnaires.lay_drafts(session, staff)
    say(f"  {visitors} 份柜面扫码回答")
    while feedback.tag_batch(session, limit=1000):
        pass
    # The year is told as history: no handler is to wake for what happened in it.
    session.execute(update(EventRow).where(EventRow.relayed_at.is_(None)).values(relayed_at=clock.now()))
    say("  原声已分析")
    cases.write(session, dice, staff, tree)
    dashboards.recount_all(session, end - timedelta(days=400), end)
    say("  工单与看板就绪")


def _keep(note: Path, password: str) -> None:
    logins = "manager analyst viewer auditor agent · 分公司 manager33 manager32 manager51 manager44 · 中支 agent3301a …"
    note.touch(mode=0o600)
    note.write_text(f"演示账号，共用密码 {password}\n{logins}\n", encoding="utf-8")
