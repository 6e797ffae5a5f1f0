"""Tables of answering: responses with their answers, sittings on the way, files, quotas, columns of results."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.crypto import Encrypted
from core.db import Base


class Response(Base):
    """One submitted questionnaire.

    The unique invitation, or the unique key of an open link's page, makes a second submission impossible.
    Of an anonymous survey neither is kept, nor the customer, and the instant is cut to the hour.
    ``page_seconds`` holds the seconds between showing and sending by page id.
    """

    __tablename__ = "responses"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id"), unique=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("survey_versions.id"))
    touchpoint_code: Mapped[str] = mapped_column(ForeignKey("touchpoints.code"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    region_id: Mapped[int] = mapped_column(ForeignKey("regions.id"))
    channel: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(16))
    submitted_at: Mapped[datetime]
    nps: Mapped[int | None] = mapped_column(SmallInteger)
    csat: Mapped[int | None] = mapped_column(SmallInteger)
    ces: Mapped[int | None] = mapped_column(SmallInteger)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("open_links.id"))
    key_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    started_at: Mapped[datetime | None]
    page_seconds: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    ending: Mapped[str | None] = mapped_column(String(64))
    variables: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    __table_args__ = (
        CheckConstraint("nps BETWEEN 0 AND 10", name="nps"),
        CheckConstraint("csat BETWEEN 1 AND 5", name="csat"),
        CheckConstraint("ces BETWEEN 1 AND 7", name="ces"),
        Index("ix_responses_region_id_submitted_at", "region_id", "submitted_at"),
        Index("ix_responses_submitted_at", "submitted_at"),
        Index("ix_responses_customer_id", "customer_id"),
        Index("ix_responses_version_id_id", "version_id", "id"),
        Index("ix_responses_link_id", "link_id", postgresql_where=text("link_id IS NOT NULL")),
    )


class Answer(Base):
    """One answer to one question: a number, chosen option ids, words, or words that are personal data.

    ``question_id`` is the question's id, or ``<id>.<row>`` for one row of a matrix. ``secret`` holds what was
    asked for as a mobile, an ID or a policy number or an e-mail address, encrypted.
    """

    __tablename__ = "answers"

    response_id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[str] = mapped_column(String(160), primary_key=True)
    number: Mapped[float | None] = mapped_column(Numeric(12, 4, asdecimal=False))
    option_ids: Mapped[list[str] | None] = mapped_column(ARRAY(String(64)))
    words: Mapped[str | None]
    secret: Mapped[str | None] = mapped_column(Encrypted("answers.secret"))

    __table_args__ = (
        ForeignKeyConstraint(["response_id"], ["responses.id"], ondelete="CASCADE"),
        CheckConstraint("num_nonnulls(number, option_ids, words, secret) >= 1", name="not_empty"),
    )


class Sitting(Base):
    """Somebody on the way through a questionnaire of several pages; what they sent is kept encrypted.

    A personal link has one sitting, found by its invitation; an open link has one for each key it gave out,
    of which only the hash is stored. ``page_id`` is the page shown last, ``shown_at`` when.
    """

    __tablename__ = "sittings"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id"), unique=True)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("open_links.id"))
    key_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("survey_versions.id"))
    language: Mapped[str] = mapped_column(String(16))
    sent: Mapped[str] = mapped_column(Encrypted("sittings.sent"))
    page_id: Mapped[str] = mapped_column(String(64))
    page_seconds: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    started_at: Mapped[datetime]
    shown_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    finished: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        CheckConstraint("num_nonnulls(invitation_id, link_id) = 1", name="one_way_in"),
        CheckConstraint("(link_id IS NULL) = (key_hash IS NULL)", name="key_hash"),
        Index("ix_sittings_version_id_started_at", "version_id", "started_at"),
        Index("ix_sittings_updated_at", "updated_at"),
    )


class AnswerFile(Base):
    """A file that a customer sent with an answer; found only by its token, of which the hash is stored.

    ``key_hash`` binds it to the sitting in which it was sent, ``response_id`` to the response that took it.
    """

    __tablename__ = "answer_files"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary)
    version_id: Mapped[int] = mapped_column(ForeignKey("survey_versions.id"))
    question_id: Mapped[str] = mapped_column(String(64))
    name: Mapped[str]
    media_type: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)
    uploaded_at: Mapped[datetime]
    response_id: Mapped[int | None] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"))

    __table_args__ = (
        CheckConstraint("size = octet_length(data) AND size <= 10485760", name="size"),
        Index("ix_answer_files_key_hash", "key_hash"),
        Index("ix_answer_files_response_id", "response_id"),
        Index("ix_answer_files_unclaimed", "uploaded_at", postgresql_where=text("response_id IS NULL")),
    )


class SurveyQuota(Base):
    """How many responses are wanted of whom; without a condition it is the limit of the whole survey.

    ``taken`` grows in the transaction that stores the response, and the constraint is the last word.
    """

    __tablename__ = "survey_quotas"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("surveys.id"))
    name: Mapped[str]
    condition: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    most: Mapped[int]
    taken: Mapped[int] = mapped_column(server_default=text("0"))
    turned_away: Mapped[int] = mapped_column(server_default=text("0"))

    __table_args__ = (
        UniqueConstraint("survey_id", "name"),
        CheckConstraint("taken BETWEEN 0 AND most", name="taken"),
    )


class SurveyBlock(Base):
    """One column of some thousand consecutive responses of a version, compressed, for the results page."""

    __tablename__ = "survey_blocks"

    version_id: Mapped[int] = mapped_column(ForeignKey("survey_versions.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    n: Mapped[int]
    first_id: Mapped[int]
    last_id: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)
