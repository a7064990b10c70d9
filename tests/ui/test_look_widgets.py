"""Every widget in light and dark, at 100 % and 200 %; names, keyboard, and plain text only."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMessageBox, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from console.ui.theme import Appearance, theme
from console.ui.toast import ToastHost
from console.ui.widgets.bands import Band, HoursBand, Mark, PromiseBar, placed
from console.ui.widgets.buttons import Button, IconButton, Kind
from console.ui.widgets.cards import Card, Rule, StatTile
from console.ui.widgets.chips import Avatar, Chip, KeyCap, KeyHints
from console.ui.widgets.fields import CheckBox, ComboBox, Labelled, LineField, SearchField, TextArea
from console.ui.widgets.labels import (
    CaptionLabel,
    ElidedLabel,
    IconLabel,
    LinkLabel,
    PlainLabel,
    safe_tooltip,
)
from console.ui.widgets.messages import ErrorDialog, MessageBar, message_box
from console.ui.widgets.outcome import OutcomeGroup
from console.ui.widgets.paint import key_text
from console.ui.widgets.pills import Pill, Urgency
from console.ui.widgets.tabs import FilterTabs, SegmentedTabs, Tab

TABS = (Tab("all", "All open", 38), Tab("missed", "Missed", 1, "missed"), Tab("soon", "1 hour", 4, "soon"))
START = datetime(2026, 11, 24, 13, tzinfo=UTC)


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


def a_band() -> HoursBand:
    return HoursBand(
        Band(
            hour(0),
            hour(31),
            ((hour(1), hour(15)), (hour(25), hour(31))),
            ((hour(6), hour(10), "4 h"),),
            (Mark(hour(6), "opened 1:52"), Mark(hour(10), "begin by 5:52 PM", "link")),
            ((hour(1), "9 AM"), (hour(15), "11 PM")),
        ),
        "4 business hours from opening",
    )


def a_promise() -> PromiseBar:
    bar = PromiseBar("Begin work")
    bar.show_promise(
        urgency=Urgency.SOON, left="24 min left", share=0.6, elapsed="36 of 60 min", due="by 12:52 PM"
    )
    return bar


def a_tile() -> StatTile:
    tile = StatTile("Guarantees met", icon="leaf")
    tile.show_figure("96.8%", "482 of 498")
    tile.show_below("was 95.6%", delta="+1.2 pts", ink="met_text", icon="trending-up")
    return tile


def a_group() -> OutcomeGroup:
    group = OutcomeGroup()
    group.add("demote", "Demote to Urgent", "Real work, but the business still runs.", "D")
    group.add("confirm", "Confirm mission critical", "Stays an emergency.", "M")
    group.add("free", "Mark free", "A manager decides.", "F")
    return group


def a_card() -> Card:
    card = Card("goal")
    card.body.addWidget(PlainLabel("Goals", "section"))
    return card


MAKERS: dict[str, Callable[[], QWidget]] = {
    "primary": lambda: Button("Begin work", Kind.PRIMARY, icon="play", key="B"),
    "credit": lambda: Button("Mark free, credit 2 tokens", Kind.CREDIT, key="Ctrl+Return"),
    "outline": lambda: Button("Claim", key="C"),
    "menu": lambda: Button("All accounts", menu_arrow=True),
    "icon": lambda: IconButton("bell", "Notices"),
    "tabs": lambda: FilterTabs(TABS, name="Filter"),
    "segments": lambda: SegmentedTabs(TABS, name="Period"),
    "outcomes": a_group,
    "search": lambda: SearchField("Search", name="Search"),
    "line": lambda: LineField("Invoice"),
    "area": lambda: TextArea("Reason"),
    "combo": lambda: ComboBox("Category"),
    "check": lambda: CheckBox("A whole site or server is down"),
    "labelled": lambda: Labelled("Reason", LineField(), hint="The customer reads it"),
    "card": a_card,
    "tile": a_tile,
    "promise": a_promise,
    "band": a_band,
    "avatar": lambda: Avatar("Sam Okafor", ring="met"),
    "unclaimed": Avatar,
    "keycap": lambda: KeyCap("Ctrl+K"),
    "hints": lambda: KeyHints((("N", "take next"), ("?", "all keys"))),
    "bar": lambda: MessageBar("missed", "The shared database stopped answering.", closable=True),
    "label": lambda: PlainLabel("Words"),
    "caption": lambda: CaptionLabel("Words"),
    "elided": lambda: ElidedLabel("A long line of words " * 5),
    "link": lambda: LinkLabel("Why these times?"),
    "symbol": lambda: IconLabel("scale"),
    "rule": Rule,
    **{f"pill {urgency}": (lambda urgency=urgency: Pill(urgency, "12 min")) for urgency in Urgency},
    **{
        f"chip {kind}": (lambda kind=kind: Chip("Now free", kind, icon="gift"))
        for kind in (
            "grey",
            "dark",
            "outline",
            "accent",
            "accent_outline",
            "missed",
            "now",
            "soon",
            "met",
            "credit",
        )
    },
}


@pytest.mark.parametrize("shown", [Appearance.LIGHT, Appearance.DARK, Appearance.CONTRAST])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_every_widget_can_be_drawn_at_every_size(qtbot: QtBot, shown: Appearance, scale: float) -> None:
    board = QWidget()
    qtbot.addWidget(board)
    column = QVBoxLayout(board)
    made = {name: maker() for name, maker in MAKERS.items()}
    for widget in made.values():
        column.addWidget(widget)
    theme().choose(shown)
    theme().set_scale(scale)
    board.resize(board.sizeHint())
    board.show()
    for name, widget in made.items():
        image = widget.grab().toImage()
        assert not image.isNull(), name
        assert widget.height() >= widget.minimumSizeHint().height(), name


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_words_have_the_room_they_need(qtbot: QtBot, scale: float) -> None:
    theme().set_scale(scale)
    for maker in (MAKERS["primary"], MAKERS["outline"], MAKERS["credit"]):
        button = maker()
        qtbot.addWidget(button)
        assert isinstance(button, Button)
        needed = theme().metrics("body").horizontalAdvance(button.text())
        assert button.sizeHint().width() > needed + theme().px(20)
        assert button.sizeHint().height() >= theme().metrics("strong").height() + 4
    pill = Pill(Urgency.MISSED, "12 min late")
    qtbot.addWidget(pill)
    assert pill.sizeHint().height() >= theme().metrics("strong").height()


def test_targets_are_24_pixels_at_least(qtbot: QtBot) -> None:
    for name in ("primary", "icon", "tabs", "check", "search", "line", "combo", "link"):
        widget = MAKERS[name]()
        qtbot.addWidget(widget)
        widget.adjustSize()
        assert min(widget.width(), widget.height()) >= 24, name


def test_everything_pressable_has_a_name(qtbot: QtBot) -> None:
    for name in (
        "primary",
        "credit",
        "menu",
        "icon",
        "tabs",
        "outcomes",
        "search",
        "area",
        "combo",
        "check",
        "tile",
        "promise",
        "band",
        "avatar",
        "bar",
    ):
        widget = MAKERS[name]()
        qtbot.addWidget(widget)
        assert widget.accessibleName(), name


def test_no_label_reads_markup(qtbot: QtBot) -> None:
    hostile = "<b>bold</b><img src='http://example.invalid/x.png'>"
    label = PlainLabel(hostile)
    bar = MessageBar("info", hostile)
    box = message_box(None, "Title", hostile)
    toast_home = QWidget()
    toast = ToastHost(toast_home)
    toast.show_toast(hostile)
    report = ErrorDialog(hostile, hostile)
    for widget in (label, bar, box, toast_home, report, *[maker() for maker in MAKERS.values()]):
        qtbot.addWidget(widget)
        own = [widget] if isinstance(widget, QLabel) else []
        for part in [*own, *widget.findChildren(QLabel)]:
            assert part.textFormat() is Qt.TextFormat.PlainText or part.text() in ("", "Title"), part.text()
    assert box.textFormat() is Qt.TextFormat.PlainText
    assert "<b>" not in safe_tooltip(hostile)
    assert len(safe_tooltip("x" * 1_000_000)) < 500


def test_a_button_is_pressed_by_space_enter_and_mouse_but_not_when_refused(qtbot: QtBot) -> None:
    button = Button("Decide", key="1")
    qtbot.addWidget(button)
    button.show()
    pressed: list[int] = []
    button.clicked.connect(lambda: pressed.append(1))
    qtbot.keyClick(button, Qt.Key.Key_Space)
    qtbot.keyClick(button, Qt.Key.Key_Return)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert len(pressed) == 3
    button.allow("Only a manager can decide this")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert len(pressed) == 3
    assert button.reason() == "Only a manager can decide this"
    assert "Only a manager" in button.toolTip()


def test_focus_is_seen(qtbot: QtBot) -> None:
    for name in ("primary", "outline", "tabs", "check", "outcomes", "link"):
        board = QWidget()
        qtbot.addWidget(board)
        column = QVBoxLayout(board)
        widget = MAKERS[name]()
        column.addWidget(widget)
        column.addWidget(LineField("elsewhere"))
        board.show()
        target = next(
            (part for part in widget.findChildren(QWidget) if part.focusPolicy() & Qt.FocusPolicy.TabFocus),
            widget,
        )
        before = target.grab().toImage()
        board.activateWindow()
        target.setFocus()
        qtbot.waitUntil(target.hasFocus)
        assert target.grab().toImage() != before, name


def test_tabs_are_chosen_by_arrows_and_keep_their_choice_when_counts_change(qtbot: QtBot) -> None:
    tabs = FilterTabs(TABS)
    qtbot.addWidget(tabs)
    tabs.show()
    heard: list[object] = []
    tabs.chosen.connect(heard.append)
    tabs.activateWindow()
    first = tabs.findChildren(QWidget)[0]
    buttons = [part for part in tabs.findChildren(QWidget) if part.accessibleName()]
    buttons[0].setFocus()
    qtbot.waitUntil(buttons[0].hasFocus)
    qtbot.keyClick(buttons[0], Qt.Key.Key_Right)
    assert heard == ["missed"]
    tabs.show_tabs(
        (Tab("all", "All open", 40), Tab("missed", "Missed", 0, "missed"), Tab("soon", "1 hour", 5, "soon"))
    )
    assert tabs.current() == "missed"
    assert buttons[0].accessibleName() == "All open, 40"
    assert first is not None


def test_outcomes_are_chosen_by_letter_and_arrows(qtbot: QtBot) -> None:
    group = a_group()
    qtbot.addWidget(group)
    group.show()
    heard: list[object] = []
    group.chosen.connect(heard.append)
    group.choose("demote")
    qtbot.keyClick(group, Qt.Key.Key_M)
    qtbot.keyClick(group, Qt.Key.Key_Down)
    assert heard == ["demote", "confirm", "free"]
    group.card("demote").allow("Nothing to demote")
    assert not group.choose_by_key("D")
    assert group.current() == "free"


def test_search_gives_the_focus_back_only_when_it_is_empty(qtbot: QtBot) -> None:
    field = SearchField("Search")
    qtbot.addWidget(field)
    left: list[int] = []
    field.left.connect(lambda: left.append(1))
    field.setText("mail")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert (field.text(), left) == ("", [])
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert left == [1]


def test_long_input_is_cut_and_control_characters_are_not_shown(qtbot: QtBot) -> None:
    area = TextArea("Reason", longest=20)
    qtbot.addWidget(area)
    area.setPlainText("x" * 100_000)
    assert len(area.toPlainText()) == 20
    label = PlainLabel("a\x00b\x1b[31m\u202ec\nd")
    qtbot.addWidget(label)
    assert label.text() == "ab[31mc\nd"


def test_a_field_says_below_what_is_wrong(qtbot: QtBot) -> None:
    field = Labelled("Invoice", LineField(), hint="As printed")
    qtbot.addWidget(field)
    field.show_fault("Invoice INV-1 is already recorded")
    assert "already recorded" in field.field.accessibleDescription()
    field.show_fault("")
    assert field.field.accessibleDescription() == "As printed"


def test_a_toast_stays_while_it_has_the_focus_and_undoes_once(qtbot: QtBot) -> None:
    home = QWidget()
    qtbot.addWidget(home)
    home.resize(800, 400)
    home.show()
    undone: list[int] = []
    toast = ToastHost(home)
    toast.show_toast("Demoted 48219.", action=lambda: undone.append(1))
    assert toast.text() == "Demoted 48219."
    assert toast.focus_toast()
    button = toast.findChildren(Button)[0]
    qtbot.keyClick(button, Qt.Key.Key_Space)
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert undone == [1]
    assert toast.text() == ""
    assert not toast.focus_toast()


def test_labels_on_a_band_never_cover_each_other() -> None:
    boxes = placed(
        [(5.0, "opened 1:52"), (9.0, "begin by 5:52 PM"), (298.0, "plan by Wed 1:52 PM")], 300.0, "chip"
    )
    assert all(left[0] + left[1] <= right[0] for left, right in pairwise(boxes))
    assert boxes[0][0] >= 0
    assert boxes[-1][0] + boxes[-1][1] <= 300


def test_keys_are_printed_as_people_say_them() -> None:
    assert key_text("Ctrl+Return") == "Ctrl ↵"
    assert key_text("G, Q") == "G then Q"
    assert key_text("Ctrl++") == "Ctrl +"


def test_a_message_box_offers_the_safe_button_first(qtbot: QtBot) -> None:
    box = message_box(None, "Title", "Words", details="More")
    qtbot.addWidget(box)
    assert isinstance(box, QMessageBox)
    assert box.informativeText() == "Words"


def test_deleted_widgets_do_not_hear_the_theme(qtbot: QtBot) -> None:
    for maker in MAKERS.values():
        widget = maker()
        widget.deleteLater()
        del widget
    qtbot.wait(1)
    theme().choose(Appearance.DARK)
    assert theme().shown is Appearance.DARK
