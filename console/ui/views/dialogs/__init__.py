"""All dialogs by name, and the one way to open them: ``open_dialog("reply", context, parent, ticket_id=48219)``.

Each is imported when it is first opened, so that the window is on screen before any of them is loaded.
"""

from importlib import import_module
from typing import Any

from PySide6.QtWidgets import QWidget

from console.ui.context import Context

_HERE = "console.ui.views.dialogs"

#: name → module, class, arguments that the name itself stands for. Besides context and parent they take
#: ``ticket_id`` – classify (and ``outcome``: demote, confirm, free), demote, confirm, mark_free, begin_earlier, reply,
#: plan, resolve, cause, change_priority (and ``to``), reverse, overturn, reopen, merge, cancel, withdraw_proposal,
#: answer_proposal, why (and ``anchor``: the widget beside which it opens);
#: ``account_id`` – purchase (and ``ticket_id``), adjust, refund, reverse_entry (and ``entry_id``), account_edit (0: a
#: new one); nothing or ``account_id`` – new_ticket, callback (or ``ticket_id``); nothing or ``path`` – import_file;
#: nothing – holders;
#: ``login`` – person_change, person_remove, person_password (and ``person``, ``password``); ``first``, ``known`` –
#: person_add.
DIALOGS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "classify": (f"{_HERE}.classify", "ClassifyDialog", {}),
    "demote": (f"{_HERE}.classify", "ClassifyDialog", {"outcome": "demote"}),
    "confirm": (f"{_HERE}.classify", "ClassifyDialog", {"outcome": "confirm"}),
    "mark_free": (f"{_HERE}.classify", "ClassifyDialog", {"outcome": "free"}),
    "begin_earlier": (f"{_HERE}.begin_earlier", "BeginEarlierDialog", {}),
    "reply": (f"{_HERE}.reply", "ReplyDialog", {}),
    "plan": (f"{_HERE}.plan", "PlanDialog", {}),
    "resolve": (f"{_HERE}.resolve", "ResolveDialog", {}),
    "cause": (f"{_HERE}.cause", "CauseDialog", {}),
    "change_priority": (f"{_HERE}.change_priority", "ChangePriorityDialog", {}),
    "reverse": (f"{_HERE}.reverse", "ReverseDialog", {}),
    "overturn": (f"{_HERE}.reverse", "OverturnDialog", {}),
    "withdraw_proposal": (f"{_HERE}.proposal", "WithdrawDialog", {}),
    "answer_proposal": (f"{_HERE}.proposal", "AnswerDialog", {}),
    "reopen": (f"{_HERE}.reopen", "ReopenDialog", {}),
    "merge": (f"{_HERE}.merge", "MergeDialog", {}),
    "cancel": (f"{_HERE}.cancel", "CancelDialog", {}),
    "why": (f"{_HERE}.why_dialog", "WhyTicket", {}),
    "purchase": (f"{_HERE}.purchase", "PurchaseDialog", {}),
    "adjust": (f"{_HERE}.adjust", "AdjustDialog", {}),
    "refund": (f"{_HERE}.adjust", "RefundDialog", {}),
    "reverse_entry": (f"{_HERE}.adjust", "ReverseEntryDialog", {}),
    "account_edit": (f"{_HERE}.account_edit", "AccountEditDialog", {}),
    "edit_account": (f"{_HERE}.account_edit", "AccountEditDialog", {}),
    "new_ticket": (f"{_HERE}.new_ticket", "NewTicketDialog", {}),
    "callback": (f"{_HERE}.new_ticket", "NewTicketDialog", {"callback": True}),
    "person_add": (f"{_HERE}.person", "AddPersonDialog", {}),
    "person_change": (f"{_HERE}.person_change", "ChangePersonDialog", {}),
    "person_remove": (f"{_HERE}.person_change", "RemovePersonDialog", {}),
    "person_password": (f"{_HERE}.person", "MadePasswordDialog", {}),
    "holders": (f"{_HERE}.holders", "HoldersDialog", {}),
    "import": (f"{_HERE}.import_file", "ImportDialog", {}),
    "import_file": (f"{_HERE}.import_file", "ImportDialog", {}),
}


def open_dialog(name: str, context: Context, parent: QWidget | None, /, **arguments: Any) -> QWidget:
    """The dialog of that name, open over ``parent``'s window. KeyError for an unknown name.

    ``arguments`` may name another ``parent``: a dialog that stays open below with its text.
    """
    module, factory, meant = DIALOGS[name]
    over = arguments.pop("parent", None) or parent
    dialog: Any = getattr(import_module(module), factory)(context, over, **{**meant, **arguments})
    dialog.open()
    return dialog  # type: ignore[no-any-return]
