"""The survey templates that come with the product, and the rules that use them."""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from surveys import services
from surveys.models import AskRule, Survey
from surveys.rules.definition import Definition

FOLDER = Path(__file__).parent / "data"

TEMPLATES = {
    "transactional_nps": "交易型 NPS 推荐意愿",
    "service_csat": "服务满意度 CSAT",
}

# name, touchpoint, survey, delay in minutes
RULES = (
    ("理赔结案后询问推荐意愿", "claim_closed", "transactional_nps", 30),
    ("续保完成后询问推荐意愿", "renewal_done", "transactional_nps", 60),
    ("承保后询问推荐意愿", "policy_issued", "transactional_nps", 24 * 60),
    ("热线服务后询问满意度", "hotline_call", "service_csat", 10),
    ("保全办结后询问满意度", "policy_change_done", "service_csat", 30),
    ("柜面办理后询问满意度", "branch_visit", "service_csat", 30),
    ("道路救援后询问满意度", "roadside_assistance", "service_csat", 60),
)


def install(session: Session) -> None:
    """Publish the templates and add the rules that are missing; what was changed since stays as it is."""
    for code, name in TEMPLATES.items():
        session.execute(
            insert(Survey).values(code=code, name=name).on_conflict_do_nothing(index_elements=["code"])
        )
        survey = session.scalars(select(Survey).where(Survey.code == code)).one()
        if services.has_no_version(session, survey.id):
            text = (FOLDER / f"{code}.json").read_text(encoding="utf-8")
            services.publish_version(
                session, survey_id=survey.id, definition=Definition.model_validate_json(text)
            )
    session.flush()  # the rules below point at the surveys above
    ids = dict(session.execute(select(Survey.code, Survey.id)).all())
    for name, touchpoint, code, delay in RULES:
        session.execute(
            insert(AskRule)
            .values(
                name=name,
                touchpoint_code=touchpoint,
                survey_id=ids[code],
                channel="email",
                delay_minutes=delay,
            )
            .on_conflict_do_nothing(index_elements=["name"])
        )
