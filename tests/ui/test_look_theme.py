"""The token file keeps its promises: contrast, one place for colours, a switch without a restart."""

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QFontInfo, QPalette
from PySide6.QtWidgets import QApplication

from console import paths
from console.ui import fonts, icons
from console.ui.theme import Appearance, theme, tokens

CONSOLE = Path(__file__).parents[2] / "console"

GROUNDS = ("window", "surface", "raised", "sunken", "hover", "selected", "selected_inactive")
TEXT_PAIRS = [
    *[("text", ground) for ground in GROUNDS],
    *[("text2", ground) for ground in GROUNDS],
    *[("text3", ground) for ground in ("window", "surface", "raised", "hover", "selected", "rail")],
    *[("rail_text", "rail"), ("text", "rail"), ("text2", "rail"), ("rail_text", "hover")],
    *[("text", "rail_selected"), ("link", "rail_selected"), ("link", "surface"), ("link", "accent_tint")],
    *[
        (f"{state}_text", ground)
        for state in ("missed", "now", "soon", "met", "credit")
        for ground in ("surface", "raised", "selected", "window")
    ],
    *[(f"{state}_text", f"{state}_tint") for state in ("missed", "now", "soon", "met", "credit")],
    *[(f"on_{state}", state) for state in ("missed", "now", "soon", "met", "credit", "accent", "inverse")],
    ("on_accent", "accent_hover"),
]
MARK_PAIRS = [
    *[("line_strong", ground) for ground in ("surface", "window", "raised")],
    *[("focus", ground) for ground in ("surface", "selected", "raised", "window", "rail")],
    *[(f"chart{number}", "surface") for number in (1, 2, 3, 4)],
    *[(state, "surface") for state in ("missed", "now", "met", "credit", "accent")],
]


def luminance(value: str) -> float:
    parts = [int(value[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    line = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * line[0] + 0.7152 * line[1] + 0.0722 * line[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("shown", ["light", "dark", "contrast"])
def test_every_text_pair_reaches_four_and_a_half(shown: str) -> None:
    table = tokens()[shown]
    low = {pair: contrast(table[pair[0]], table[pair[1]]) for pair in TEXT_PAIRS}
    assert {pair: round(value, 2) for pair, value in low.items() if value < 4.5} == {}


@pytest.mark.parametrize("shown", ["light", "dark", "contrast"])
def test_every_border_and_mark_reaches_three(shown: str) -> None:
    table = tokens()[shown]
    low = {pair: contrast(table[pair[0]], table[pair[1]]) for pair in MARK_PAIRS}
    assert {pair: round(value, 2) for pair, value in low.items() if value < 3} == {}


@pytest.mark.parametrize(
    ("pair", "light", "dark"),
    [
        (("text", "surface"), 18.13, 14.87),
        (("text2", "rail"), 7.53, 10.26),
        (("text3", "selected"), 4.89, 4.78),
        (("on_now", "now"), 5.01, 6.39),
        (("soon_text", "soon_tint"), 6.52, 10.02),
        (("credit_text", "selected"), 7.09, 7.10),
        (("line_strong", "surface"), 3.58, 3.96),
        (("focus", "selected"), 5.01, 5.69),
    ],
)
def test_the_measured_table_of_the_design_still_holds(
    pair: tuple[str, str], light: float, dark: float
) -> None:
    measured = [contrast(tokens()[shown][pair[0]], tokens()[shown][pair[1]]) for shown in ("light", "dark")]
    assert measured == pytest.approx([light, dark], abs=0.006)


def test_the_three_appearances_name_the_same_tokens() -> None:
    assert set(tokens()["light"]) == set(tokens()["dark"]) == set(tokens()["contrast"])


def test_no_colour_is_written_anywhere_else() -> None:
    literal = re.compile(
        r"""["']#[0-9a-fA-F]{3,8}["']|["']rgba?\(|QColor\(\s*["'\d]|GlobalColor\.(?!transparent)|Qt\.(red|black|white|gray)\b"""
    )
    found = [
        f"{path.name}:{number}: {line.strip()}"
        for path in CONSOLE.rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if literal.search(line)
    ]
    assert found == []
    assert not re.search(
        r"#[0-9a-fA-F]{3}", (paths.resources() / "style" / "console.qss").read_text(encoding="utf-8")
    )


def test_the_appearance_changes_without_a_restart_and_says_so(look: QApplication) -> None:
    heard: list[str] = []
    theme().changed.connect(lambda: heard.append(theme().shown.value))
    theme().choose(Appearance.DARK)
    assert heard == ["dark"]
    assert theme().color("surface").name() == "#151a21"
    assert look.palette().color(QPalette.ColorRole.Window) == theme().color("window")
    theme().choose(Appearance.CONTRAST)
    assert theme().line_width == 2


def test_the_text_size_is_held_between_80_and_200_percent() -> None:
    theme().set_scale(9)
    assert theme().scale == 2.0
    assert theme().font("body").pixelSize() == 26
    theme().set_scale(0.1)
    assert theme().scale == 0.8


def test_the_bundled_typeface_loads_in_every_weight_with_figures_of_one_width() -> None:
    assert fonts.load() == "Inter"
    for role in tokens()["type"]:
        assert QFontInfo(theme().font(role)).family() == "Inter"
    metrics = theme().metrics("body")
    assert len({metrics.horizontalAdvance(figure * 8) for figure in "0123456789"}) == 1


def test_nothing_is_under_eleven_pixels_but_initials() -> None:
    assert {role for role, (size, *_) in tokens()["type"].items() if size < 11} == {"avatar"}


def test_an_icon_takes_the_colour_of_its_token_and_keeps_sharp() -> None:
    drawn = icons.pixmap("siren", "missed_text", 16, 2.0)
    assert drawn.width() == 32
    assert drawn.deviceIndependentSize().width() == 16
    image = drawn.toImage()
    inks = {
        image.pixelColor(x, y).name()
        for x in range(32)
        for y in range(32)
        if image.pixelColor(x, y).alpha() == 255
    }
    assert inks == {theme().color("missed_text").name()}


def test_every_icon_named_in_the_program_is_there() -> None:
    from console.ui.actions import Commands
    from console.ui.rail import ITEMS
    from console.ui.widgets.pills import Urgency, pill_icon

    names = {command.icon for command in Commands().all() if command.icon} | {item.icon for item in ITEMS}
    names |= {pill_icon(urgency) for urgency in Urgency}
    assert {name for name in names if icons.pixmap(name).isNull()} == set()
