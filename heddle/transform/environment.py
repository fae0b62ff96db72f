"""What dbt must see in the process environment while it runs, and nothing of it afterwards."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from heddle.settings import Settings


def dbt_variables(settings: Settings) -> dict[str, str]:
    """The variables that profiles.yml, dbt_project.yml and the macros ask for."""
    optional = {"HEDDLE_MEMORY_LIMIT": settings.memory_limit, "HEDDLE_THREADS": settings.threads}
    return {
        **settings.dbt_env(),
        "HEDDLE_ROOT": str(settings.root),
        "HEDDLE_TIME_ZONE": settings.time_zone,
        **{name: str(value) for name, value in optional.items() if value is not None},
    }


@contextmanager
def exported(variables: Mapping[str, str]) -> Iterator[None]:
    """Sets `variables` for the block, then puts the environment back as it was.

    dbt reads the process environment and nothing else, and adds a `.env` file to it: that goes as well.
    Not for two threads at once.
    """
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in set(os.environ) - set(before):
            del os.environ[name]
        os.environ.update(before)
