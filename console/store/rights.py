"""What a shared database of each schema consists of, and who may do what there: what the lint compares with.

``guards/grants.sql`` and the migrations make it so; here it is said a second time, by hand, so that a slip there shows.
"""

from console.store.logins import GROUPS

#: Who owns schema and guards, and who owns the functions about people; neither is anybody's login.
OWNER = "console_owner"
KEEPER = "console_keeper"

READERS = frozenset(GROUPS)

#: Each table with the first schema that has it.
TABLES = {
    **dict.fromkeys(
        (
            "account", "alembic_version", "contact", "counter", "deadline", "entry", "fact", "import_source", "person",
            "person_role", "policy_version", "request", "setting", "ticket",
        ),
        1,
    ),
    "least_console": 3,
}  # fmt: skip
FIGURES = ("offer", "open_window", "policy", "price", "promise")
GUARD_TABLES = {"act": 2, **dict.fromkeys(FIGURES, 2), "presence": 3, "field": 3}

#: Who may write what; a manager is an agent, too. UPDATE goes by columns.
_DESK = frozenset({"agent", "manager"})
_KEEPERS = _DESK | {"administrator"}
_SYSTEM = _DESK | {"system"}
WRITERS: dict[tuple[str, str], frozenset[str]] = {
    ("public.ticket", "INSERT"): _DESK,
    ("public.deadline", "INSERT"): _SYSTEM,
    ("public.account", "INSERT"): _KEEPERS,
    ("public.contact", "INSERT"): _KEEPERS,
    ("public.contact", "DELETE"): _KEEPERS,
    ("public.entry", "INSERT"): _SYSTEM,
    ("public.fact", "INSERT"): _KEEPERS | {"system"},
    ("public.request", "INSERT"): _KEEPERS | {"system"},
    ("public.policy_version", "INSERT"): frozenset({"administrator"}),
    **{(f"guard.{table}", "INSERT"): frozenset({"administrator"}) for table in FIGURES},
}
#: Who may update some columns of a table, and which of them stay closed to everybody.
UPDATERS: dict[str, frozenset[str]] = {
    "public.ticket": _SYSTEM,
    "public.deadline": _SYSTEM,
    "public.account": _KEEPERS | {"system"},
    "public.contact": _KEEPERS,
    "public.request": _KEEPERS | {"system"},
    "public.counter": _KEEPERS | {"system"},
}
NEVER_UPDATED = {
    "public.ticket": ("id", "account_id", "words", "credited"),
    "public.deadline": ("ticket_id", "position", "milestone", "kind", "amount", "counted_from", "due_at"),
    "public.account": ("id", "balance", "last_seq", "last_hash", "last_at"),
    "public.request": ("key", "actor", "what", "digest", "at"),
    "public.counter": ("name",),
}
#: Who may read the guards' own tables beside the auditor: an administrator, whose look over a database compares them.
GUARD_READERS = {f"guard.{table}": frozenset({"administrator", "auditor"}) for table in FIGURES}
CALLABLE = {
    "clock": READERS,
    "stamp": READERS,
    "trusted": READERS,
    "beat": READERS,
    "leave": READERS,
    "holders": READERS,
    "end_session": frozenset({"supervisor", "administrator"}),
    "add_person": frozenset({"administrator"}),
    "save_person": frozenset({"administrator"}),
    "remove_person": frozenset({"administrator"}),
}
#: The triggers that migrations make, and those of the guards: when they ask, after what, and which function.
KEPT_TRIGGERS = {
    ("entry", "entry_guard"): "BEFORE INSERT: entry_guard",
    ("entry", "entry_keeps"): "BEFORE DELETE OR UPDATE OR TRUNCATE: refuse_change",
    ("fact", "fact_keeps"): "BEFORE DELETE OR UPDATE OR TRUNCATE: refuse_change",
}
TRIGGERS = KEPT_TRIGGERS | {
    ("account", "guarded"): "BEFORE INSERT OR UPDATE: account_changes",
    ("account", "told"): "AT COMMIT INSERT OR UPDATE: account_is_told",
    ("act", "ends"): "AT COMMIT INSERT OR UPDATE OF ending: act_ends",
    ("contact", "guarded"): "BEFORE INSERT OR DELETE OR UPDATE: contact_changes",
    ("contact", "told"): "AT COMMIT INSERT OR DELETE OR UPDATE: contact_is_told",
    ("counter", "guarded"): "BEFORE UPDATE: counter_changes",
    ("counter", "used"): "AT COMMIT UPDATE: numbers_are_used",
    ("deadline", "guarded"): "BEFORE UPDATE: deadline_changes",
    ("deadline", "guarded_begin"): "BEFORE INSERT: deadline_begins",
    ("deadline", "heard"): "AFTER UPDATE OF ended: end_is_heard",
    ("deadline", "follows"): "AT COMMIT INSERT: promise_follows_its_act",
    ("deadline", "told"): "AT COMMIT INSERT OR UPDATE: promise_keeps",
    ("entry", "guarded"): "BEFORE INSERT: entry_begins",
    ("entry", "moves"): "AFTER INSERT: entry_moves",
    ("entry", "told"): "AT COMMIT INSERT: entry_is_told",
    ("fact", "guarded"): "BEFORE INSERT: fact_begins",
    ("fact", "heard"): "AFTER INSERT: fact_is_heard",
    ("person", "told"): "AT COMMIT INSERT OR DELETE OR UPDATE: person_is_told",
    ("person_role", "told"): "AT COMMIT INSERT OR DELETE OR UPDATE: person_is_told",
    ("policy_version", "begins_later"): "AT COMMIT INSERT: version_begins_later",
    ("policy_version", "guarded"): "BEFORE INSERT: keep_document",
    ("request", "guarded"): "BEFORE INSERT OR UPDATE: request_changes",
    ("ticket", "guarded"): "BEFORE UPDATE: ticket_changes",
    ("ticket", "guarded_begin"): "BEFORE INSERT: ticket_begins",
    ("ticket", "saved"): "AFTER INSERT OR UPDATE: ticket_is_saved",
    ("ticket", "stands"): "AT COMMIT INSERT OR UPDATE: ticket_stands",
    **{(table, "keeps"): "BEFORE INSERT OR DELETE OR UPDATE: keep_figure" for table in FIGURES},
    **{
        (table, "is_short"): "BEFORE INSERT OR UPDATE: is_short"
        for table in ("account", "contact", "entry", "policy_version", "request", "ticket")
    },
}
#: Functions of the migrations; every other one of ours lies in the schema of the guards.
KEPT_FUNCTIONS = frozenset({"entry_guard", "refuse_change"})
#: From this schema on, the functions of the migrations have a search path of their own.
SEARCH_PATHS_SINCE = 3
POLICIES = frozenset({"own", "audited"})

#: What the server lets everybody do until a superuser closes it.
OPEN_TO_ALL = (
    "lo_creat",
    "lo_create",
    "lo_from_bytea",
    "lo_import",
    "lo_put",
    "lowrite",
    "pg_logical_emit_message",
)
DANGEROUS = (
    "pg_execute_server_program", "pg_read_server_files", "pg_write_server_files", "pg_write_all_data",
    "pg_signal_backend", "pg_database_owner",
)  # fmt: skip
