"""The shape of a touchpoint event in the API; what it means is checked by the service."""

from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints

from core.sentences import N_
from core.shapes import StrictShape
from customers.services import Profile
from journeys.services import Report

# NUL cannot be stored in PostgreSQL text, other control characters have no business in a name.
_PLAIN = r"^[^\x00-\x1f\x7f]*$"
Name = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=_PLAIN)]
Short = Annotated[str, StringConstraints(max_length=256, pattern=_PLAIN)]


def _plain_value(value: Any) -> Any:  # noqa: ANN401 - whatever JSON held
    if isinstance(value, str) and len(value) <= 256 and "\x00" not in value:
        return value
    if value is None or isinstance(value, bool):
        return value
    # Not infinite, not NaN (which is smaller than nothing), and no number of a thousand digits.
    if isinstance(value, int | float) and abs(value) < 1e300:
        return value
    raise ValueError(N_("只能是数字、true、false、null，或最多 256 个字符的文本"))


Attributes = Annotated[dict[Name, Annotated[Any, AfterValidator(_plain_value)]], Field(max_length=50)]


def _written_out(value: Any) -> Any:  # noqa: ANN401 - whatever JSON held
    if not isinstance(value, str):
        raise ValueError(N_("请写成 2026-06-10T11:30:00+08:00 这样的文本"))
    return value


class CustomerShape(StrictShape):
    """The customer of an event."""

    external_id: Name
    name: Short | None = None
    mobile: Short | None = None
    email: Short | None = None
    wechat_openid: Short | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = None
    region: Name | None = None
    attributes: Attributes = Field(default_factory=dict)


class TouchpointEventShape(StrictShape):
    """``POST /api/v1/touchpoint-events``."""

    source: Name
    event_id: Name
    touchpoint: Name
    occurred_at: Annotated[AwareDatetime, BeforeValidator(_written_out)]
    customer: CustomerShape
    attributes: Attributes = Field(default_factory=dict)

    def report(self) -> Report:
        """Return what the service takes."""
        person: dict[str, Any] = self.customer.model_dump(exclude={"region"})
        return Report(
            source=self.source,
            event_id=self.event_id,
            touchpoint=self.touchpoint,
            occurred_at=self.occurred_at,
            customer=Profile(**person),
            region=self.customer.region,
            attributes=self.attributes,
        )
