"""How each rollup is counted from the rows behind it: the one definition that recounts and checks share.

A count may look at single cells (a Beijing day of a region) or at a stretch of days; only the condition
that narrows the source differs, so both always mean the same.
"""

from dataclasses import dataclass

BEIJING_DAY = "(({at} AT TIME ZONE 'Asia/Shanghai')::date)"


@dataclass(frozen=True, slots=True)
class Rollup:
    """A small table and the SELECT that counts it.

    ``source`` holds ``{day}`` where the Beijing day of the row belongs and ``{narrow}`` where the condition
    on cells or days goes; ``at`` and ``region`` are the columns that these two are made of.
    """

    table: str
    dimensions: tuple[str, ...]
    counts: tuple[str, ...]
    source: str
    at: str
    region: str

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of the primary key."""
        return ("day", "touchpoint_code", "region_id", *self.dimensions)

    @property
    def columns(self) -> str:
        """All columns, in the order in which the source counts them."""
        return ", ".join((*self.key, *self.counts))

    def of_cells(self) -> str:
        """Return the count of the cells in the table expression ``cell(day, region_id, since, until)``."""
        inside = f"{self.at} >= cell.since AND {self.at} < cell.until"
        return self._counted(f"JOIN cell ON {self.region} = cell.region_id AND {inside}")

    def of_days(self) -> str:
        """Return the count of everything from ``:since`` to before ``:until``."""
        return self._counted("", f"AND {self.at} >= :since AND {self.at} < :until")

    def _counted(self, join: str, condition: str = "") -> str:
        day = BEIJING_DAY.format(at=self.at)
        return self.source.format(day=day, join=join, condition=condition)


SCORES = Rollup(
    table="score_days",
    dimensions=("metric",),
    counts=("n", "good", "bad", "total"),
    at="r.submitted_at",
    region="r.region_id",
    source="""
        SELECT {day} AS day, r.touchpoint_code, r.region_id, s.metric, count(*) AS n,
               count(*) FILTER (WHERE s.score >= s.good_from) AS good,
               count(*) FILTER (WHERE s.score <= s.bad_to) AS bad,
               sum(s.score)::bigint AS total
        FROM responses r {join}
        CROSS JOIN LATERAL (
            VALUES ('nps', r.nps, 9, 6), ('csat', r.csat, 4, 2), ('ces', r.ces, 5, 3)
        ) AS s(metric, score, good_from, bad_to)
        WHERE s.score IS NOT NULL {condition}
        GROUP BY 1, 2, 3, 4
    """,
)

# Who answered has opened, and who opened was reached, whatever became of the provider's word: mail clients
# without pictures and messages of unknown outcome would otherwise make later steps larger than earlier ones.
ASKS = Rollup(
    table="ask_days",
    dimensions=(),
    counts=("eligible", "invited", "sent", "opened", "answered"),
    at="i.created_at",
    region="i.region_id",
    source="""
        SELECT day, touchpoint_code, region_id, count(*) AS eligible,
               count(*) FILTER (WHERE asked) AS invited,
               count(*) FILTER (WHERE asked AND (sent OR opened OR answered)) AS sent,
               count(*) FILTER (WHERE asked AND (opened OR answered)) AS opened,
               count(*) FILTER (WHERE asked AND answered) AS answered
        FROM (
            SELECT {day} AS day, i.touchpoint_code, i.region_id, i.reason IS NULL AS asked,
                   i.opened_at IS NOT NULL AS opened,
                   EXISTS (SELECT FROM responses r WHERE r.invitation_id = i.id) AS answered,
                   EXISTS (SELECT FROM messages m WHERE m.kind = 'survey_invitation' AND m.subject_id = i.id
                           AND m.state = 'sent') AS sent
            FROM invitations i {join}
            WHERE true {condition}
        ) AS asks
        GROUP BY 1, 2, 3
    """,
)

VOICES = Rollup(
    table="voice_days",
    dimensions=("topic",),
    counts=("negative", "neutral", "positive"),
    at="f.occurred_at",
    region="f.region_id",
    source="""
        SELECT {day} AS day,
               CASE WHEN GROUPING(f.touchpoint_code) = 1 THEN '*' ELSE COALESCE(f.touchpoint_code, '') END
                   AS touchpoint_code,
               f.region_id, t.topic,
               count(*) FILTER (WHERE t.feeling = 'negative') AS negative,
               count(*) FILTER (WHERE t.feeling = 'neutral') AS neutral,
               count(*) FILTER (WHERE t.feeling = 'positive') AS positive
        FROM feedback f {join}
        CROSS JOIN LATERAL (
            SELECT '', f.sentiment
            UNION ALL
            SELECT ft.code, ft.polarity FROM feedback_topics ft WHERE ft.feedback_id = f.id
        ) AS t(topic, feeling)
        WHERE f.sentiment IS NOT NULL {condition}
        GROUP BY GROUPING SETS (
            (1, f.region_id, t.topic, f.touchpoint_code),
            (1, f.region_id, t.topic)
        )
    """,
)

# A promise not yet due is neither kept nor broken, so the quick tickets of today do not flatter the rate.
PROMISES = Rollup(
    table="promise_days",
    dimensions=(),
    counts=("due", "kept"),
    at="k.due_at",
    region="k.region_id",
    source="""
        SELECT {day} AS day, COALESCE(k.touchpoint_code, '') AS touchpoint_code, k.region_id, count(*) AS due,
               count(*) FILTER (WHERE k.resolved_at <= k.due_at) AS kept
        FROM tickets k {join}
        WHERE k.due_at <= :now {condition}
        GROUP BY 1, 2, 3
    """,
)

ROLLUPS = (SCORES, ASKS, VOICES, PROMISES)
