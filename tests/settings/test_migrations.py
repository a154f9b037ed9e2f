"""Older settings are brought up to date; newer ones are refused."""

import pytest

from grainscope.errors import SettingsError
from grainscope.settings import parse_settings
from grainscope.settings.migrations import SCHEMA, migrate


def test_one_mean_permittivity_keeps_every_energy():
    found = parse_settings("schema = 1\n[transport]\nrelative_permittivity = 7.0\n", "old.toml")
    assert found.transport.relative_permittivity == 7
    assert found.transport.cover_permittivity == 1
    assert found.schema_ == SCHEMA


@pytest.mark.parametrize(("given", "kept"), [(600, None), (200, 200)])
def test_the_old_default_of_fields_is_no_wish(given, kept):
    found = parse_settings(f"schema = 1\n[transport]\nfield_points = {given}\n", "old.toml")
    assert found.transport.field_points == kept


def test_the_given_tables_are_not_changed():
    tables = {"schema": 1, "transport": {"relative_permittivity": 5.5}}
    migrate(tables, "s")
    assert tables == {"schema": 1, "transport": {"relative_permittivity": 5.5}}


def test_a_newer_schema_is_refused():
    with pytest.raises(SettingsError, match="is newer than this program's"):
        parse_settings(f"schema = {SCHEMA + 1}\n", "new.toml")
