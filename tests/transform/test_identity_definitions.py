"""What makes the next run of the identity stage a full one, out of a real manifest."""

from pathlib import Path

import pytest

from heddle.settings import Settings
from heddle.transform.identity_definitions import identity_definitions
from heddle.transform.prepare import parsed_project

FILES = {
    "models/identity/who.sql": "-- One row per person.\nselect {{ person_key('x') }} as node from {{ ref('names') }}"
    "{% if execute %} where 1 = {{ rare() }}{% endif %}",
    "models/staging/names.sql": "select 'Ann' as x",
    "models/profiles/shown.sql": "select {{ elsewhere() }} as a from {{ ref('who') }}",
    "macros/person_key.sql": "{% macro person_key(x) %}{{ adapter.dispatch('key_of', 'heddle')(x) }}{% endmacro %}",
    "macros/rare.sql": "{% macro rare() %}1{% endmacro %}",
    "macros/key_of.sql": "{% macro default__key_of(x) %}\n  lower({{ x }})\n{% endmacro %}",
    "macros/key_elsewhere.sql": "{% macro postgres__key_of(x) %}\n  upper({{ x }})\n{% endmacro %}",
    "macros/elsewhere.sql": "{% macro elsewhere() %}1{% endmacro %}",
}


@pytest.fixture
def project(settings: Settings) -> Path:
    for name, text in FILES.items():
        file = settings.dbt_project / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return settings.dbt_project


def test_a_called_macro_counts_and_a_comment_does_not(settings: Settings, project: Path) -> None:
    def after(name: str, old: str, new: str) -> str:
        file = project / name
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))
        return identity_definitions(parsed_project(settings))

    seen = [identity_definitions(parsed_project(settings))]
    assert after("macros/key_of.sql", "\n  lower", "\n  {#- Latin only -#}\n  -- for now\n  lower") == seen[0]
    assert after("models/identity/who.sql", "One row per person.", "One row per human being.") == seen[0]
    assert after("macros/elsewhere.sql", "1", "2") == seen[0]
    assert after("models/profiles/shown.sql", "as a", "as b") == seen[0]
    for name, old, new in [
        ("macros/key_of.sql", "lower", "trim"),
        ("macros/rare.sql", "1", "2"),  # called in a branch that parsing does not go through
        ("macros/key_elsewhere.sql", "upper", "trim"),
        ("models/staging/names.sql", "Ann", "Bob"),
        ("models/identity/who.sql", "as node", "as nod"),
    ]:
        seen.append(after(name, old, new))
    assert len(set(seen)) == len(seen)
