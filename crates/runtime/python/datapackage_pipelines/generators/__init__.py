"""What generators of pipelines are written with."""
from .generator_base import GeneratorBase
from .schedules import (
    SCHEDULE_DAILY, SCHEDULE_HOURLY, SCHEDULE_MONTHLY, SCHEDULE_NONE, SCHEDULE_WEEKLY,
    SCHEDULE_YEARLY,
)
from .slugs import slugify
from .utilities import steps

__all__ = [
    "GeneratorBase", "SCHEDULE_DAILY", "SCHEDULE_HOURLY", "SCHEDULE_MONTHLY", "SCHEDULE_NONE",
    "SCHEDULE_WEEKLY", "SCHEDULE_YEARLY", "slugify", "steps",
]
