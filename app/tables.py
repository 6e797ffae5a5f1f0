"""Names every table of the house: whoever needs the whole schema (migrations, tests) imports this."""

from core import models as core_models
from core.db import Base
from customers import models as customers_models
from dashboards import models as dashboards_models
from delivery import models as delivery_models
from feedback import models as feedback_models
from grid import models as grid_models
from journeys import models as journeys_models
from surveys import models as surveys_models
from tickets import models as tickets_models

MODULES = (
    core_models,
    grid_models,
    customers_models,
    journeys_models,
    delivery_models,
    surveys_models,
    feedback_models,
    tickets_models,
    dashboards_models,
)

metadata = Base.metadata
