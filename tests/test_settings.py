"""The settings file: defaults, refusals in words, and nothing lost."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcatalog import settings
from mlcatalog.domain.errors import SettingsError
from mlcatalog.settings import Settings, Theme


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert settings.load(tmp_path / "settings.toml") == Settings()


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "settings.toml"
    chosen = Settings().changed(theme="dark", font_size=12, signing_key='C:\\k "1".p12')
    settings.save(chosen, path)
    assert settings.load(path) == chosen
    assert [entry.name for entry in path.parent.iterdir()] == ["settings.toml"]


@given(st.text())
def test_any_text_survives_the_file(text: str) -> None:
    import tomllib

    clean = text.encode("utf-8", "replace").decode()
    chosen = Settings().changed(signing_key=clean)
    assert settings.parsed(tomllib.loads(settings.as_toml(chosen))) == chosen


def test_unknown_keys_are_kept_and_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('later = ["a", 1]\nfont_size = 9\n[table]\n"odd key" = true\n')
    with caplog.at_level(logging.WARNING):
        loaded = settings.load(path)
        settings.save(loaded, path)
        again = settings.load(path)
    assert again == loaded
    assert dict(again.unknown) == {"later": ["a", 1], "table": {"odd key": True}}
    assert "later" in caplog.text


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('theme = "pink"', "theme"),
        ("font_size = -3", "font_size"),
        ('settle_seconds = "soon"', "settle_seconds"),
        ("backups_kept = 0", "backups_kept"),
        ("theme = ", "TOML"),
    ],
)
def test_wrong_values_are_refused_by_name(
    tmp_path: Path, text: str, named: str
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=named) as caught:
        settings.load(path)
    assert str(path) in str(caught.value)
    assert caught.value.remedy
    assert path.read_text() == text


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="could not be saved"):
        settings.save(Settings(), tmp_path / "file" / "settings.toml")


def test_every_setting_has_a_title_and_a_sentence() -> None:
    for setting in settings.describe():
        assert setting.title
        assert setting.sentence.endswith(".")
    theme = next(s for s in settings.describe() if s.name == "theme")
    assert theme.choices == tuple(Theme)
    size = next(s for s in settings.describe() if s.name == "font_size")
    assert (size.least, size.most) == (0, 48)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().font_size = 3  # type: ignore[misc]
