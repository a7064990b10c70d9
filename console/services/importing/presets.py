"""The mapping each format starts from; every line of it can be adjusted before anything is written.

Priorities are a judgement: a source's four levels do not say what the policy's five do. Hosting and option
are unknown to every other system: the presets take shared hosting at the flat rate for all users, which
charges nobody.
"""

from collections import abc

from console.policy.terms import Channel, Hosting, Priority, Status, SupportOption
from console.services.importing.formats import Format
from console.services.importing.mapping import ANY, LEAVE_OUT, Mapping, Paths

_YES_NO = {
    "true": "yes", "1": "yes", "y": "yes", "admin": "yes", "administrator": "yes",
    "false": "no", "0": "no", "n": "no", "user": "no", "end-user": "no",
}  # fmt: skip

_FOUR_LEVELS = {
    "low": Priority.INFORMATIONAL,
    "normal": Priority.STANDARD,
    "medium": Priority.STANDARD,
    "high": Priority.URGENT,
    "urgent": Priority.EMERGENCY,
}


def preset(format_: Format) -> Mapping:
    """The mapping to start from for a format."""
    return Mapping(
        format_,
        format_.source,
        fields=_FIELDS[format_],
        values={"requester_is_administrator": _YES_NO, **_VALUES.get(format_, {})},
        defaults=_defaults(format_),
        html=_HTML.get(format_, frozenset()),
    )


def _defaults(format_: Format) -> dict[str, str]:
    common: dict[str, str] = {
        "hosting": Hosting.SHARED,
        "option": SupportOption.FLAT_RATE_USERS,
        "channel": Channel.TICKET,
        "status": Status.OPEN,
        "requester_is_administrator": "no",
    }
    if format_ in {Format.CONSOLE_CSV, Format.CONSOLE_JSONL}:
        return common
    name = format_.label.split(" tickets")[0].split(",")[0]
    return {
        **common,
        "priority": Priority.STANDARD,
        "account": f"{name}, no organization",
        "requester_name": "Unknown requester",
    }


_OWN: dict[str, Paths] = {
    "external_id": ("external_id",),
    "account": ("account",),
    "hosting": ("hosting",),
    "option": ("option",),
    "requester_name": ("requester_name",),
    "requester_email": ("requester_email",),
    "requester_is_administrator": ("requester_is_administrator",),
    "channel": ("channel",),
    "priority": ("priority",),
    "subject": ("subject",),
    "body": ("body",),
    "opened_at": ("opened_at",),
    "status": ("status",),
    "first_replied_at": ("first_replied_at",),
    "begun_at": ("begun_at",),
    "planned_at": ("planned_at",),
    "plan_text": ("plan_text",),
    "resolved_at": ("resolved_at",),
    "cancelled_at": ("cancelled_at",),
    "assignee": ("assignee",),
}

_FIELDS: dict[Format, dict[str, Paths]] = {
    Format.CONSOLE_CSV: _OWN,
    Format.CONSOLE_JSONL: _OWN,
    Format.ZENDESK_JSON: {
        "external_id": ("id",),
        "account": ("organization.name", "organization_name"),
        "requester_name": ("requester.name",),
        "requester_email": ("requester.email", "via.source.from.address"),
        "requester_id": ("requester_id",),
        "channel": ("via.channel",),
        "priority": ("priority",),
        "subject": ("subject", "raw_subject"),
        "body": ("description",),
        "opened_at": ("created_at",),
        "status": ("status",),
        "first_reply_minutes": ("metric_set.reply_time_in_minutes.calendar",),
        "resolved_at": ("metric_set.solved_at", "solved_at"),
        "updated_at": ("updated_at",),
        "assignee": ("assignee.name", "assignee.email"),
    },
    Format.FRESHDESK_CSV: {
        "external_id": ("Ticket ID",),
        "account": ("Company Name", "Company"),
        "requester_name": ("Full name", "Requester Name", "Contact Name"),
        "requester_email": ("Email", "Requester Email", "Contact Email"),
        "requester_id": ("Contact ID", "Requester ID"),
        "channel": ("Source",),
        "priority": ("Priority",),
        "subject": ("Subject",),
        "body": ("Description",),
        "opened_at": ("Created time",),
        "status": ("Status",),
        "first_replied_at": ("Initial response time",),
        "resolved_at": ("Resolved time", "Closed time"),
        "updated_at": ("Last update time",),
        "assignee": ("Agent",),
    },
    Format.FRESHDESK_JSON: {
        "external_id": ("display_id", "id"),
        "account": ("company.name", "company_name"),
        "requester_name": ("requester.name", "requester_name"),
        "requester_email": ("requester.email", "email"),
        "requester_id": ("requester_id",),
        "channel": ("source", "source_name"),
        "priority": ("priority", "priority_name"),
        "subject": ("subject",),
        "body": ("description_text", "description_html", "description"),
        "opened_at": ("created_at",),
        "status": ("status", "status_name"),
        "first_replied_at": ("stats.first_responded_at",),
        "resolved_at": ("stats.resolved_at", "stats.closed_at"),
        "updated_at": ("updated_at",),
        "assignee": ("responder_name", "responder.name"),
    },
    Format.RT_TSV: {
        "external_id": ("id", "Ticket"),
        "account": ("Customer", "Account", "Queue", "QueueName"),
        "requester_name": (),
        "requester_email": ("Requestors", "Requestor"),
        "priority": ("Priority",),
        "subject": ("Subject",),
        "opened_at": ("Created",),
        "status": ("Status",),
        "begun_at": ("Started",),
        "resolved_at": ("Resolved",),
        "updated_at": ("Last Updated",),
        "assignee": ("Owner", "OwnerName"),
    },
    Format.RT_JSON: {
        "external_id": ("numerical_id", "id"),
        "account": ("CustomFields.Customer", "CustomFields.Account", "Queue.Name", "Queue"),
        "requester_name": ("Requestor.0.RealName",),
        "requester_email": (
            "Requestor.0.EmailAddress",
            "Requestor.0.id",
            "Requestor.0",
            "Requestors.0",
            "Requestors",
        ),
        "priority": ("Priority",),
        "subject": ("Subject",),
        "body": ("Content",),
        "opened_at": ("Created",),
        "status": ("Status",),
        "begun_at": ("Started",),
        "resolved_at": ("Resolved",),
        "updated_at": ("LastUpdated",),
        "assignee": ("Owner.Name", "Owner.id", "Owner"),
    },
}

_FRESHDESK_STATUS = {
    "2": Status.OPEN, "open": Status.OPEN,
    "3": Status.BEGUN, "pending": Status.BEGUN,
    "4": Status.RESOLVED, "resolved": Status.RESOLVED,
    "5": Status.RESOLVED, "closed": Status.RESOLVED,
    "6": Status.BEGUN, "waiting on customer": Status.BEGUN,
    "7": Status.BEGUN, "waiting on third party": Status.BEGUN,
    "deleted": LEAVE_OUT, "spam": LEAVE_OUT,
}  # fmt: skip
_FRESHDESK_CHANNEL = {
    "1": Channel.EMAIL, "email": Channel.EMAIL,
    "3": Channel.TELEPHONE, "phone": Channel.TELEPHONE,
    "10": Channel.EMAIL, "outbound email": Channel.EMAIL,
    ANY: Channel.TICKET,
}  # fmt: skip
_FRESHDESK_PRIORITY = {
    "1": Priority.INFORMATIONAL,
    "2": Priority.STANDARD,
    "3": Priority.URGENT,
    "4": Priority.EMERGENCY,
    **_FOUR_LEVELS,
}
_RT_STATUS = {
    "new": Status.OPEN,
    "open": Status.OPEN,
    "stalled": Status.BEGUN,
    "resolved": Status.RESOLVED,
    "rejected": Status.CANCELLED,
    "deleted": LEAVE_OUT,
}
_RT_PRIORITY = {
    "0..74": Priority.STANDARD,
    "75..": Priority.URGENT,
    "low": Priority.STANDARD,
    "medium": Priority.STANDARD,
    "high": Priority.URGENT,
}

_VALUES: dict[Format, abc.Mapping[str, abc.Mapping[str, str]]] = {
    Format.ZENDESK_JSON: {
        "priority": _FOUR_LEVELS,
        "status": {
            "new": Status.OPEN,
            "open": Status.OPEN,
            "pending": Status.BEGUN,
            "hold": Status.BEGUN,
            "solved": Status.RESOLVED,
            "closed": Status.RESOLVED,
            "deleted": LEAVE_OUT,
        },
        "channel": {
            "email": Channel.EMAIL,
            "mail": Channel.EMAIL,
            "4": Channel.EMAIL,
            "voice": Channel.TELEPHONE,
            "phone": Channel.TELEPHONE,
            "voicemail": Channel.TELEPHONE,
            "phone_call_inbound": Channel.TELEPHONE,
            "phone_call_outbound": Channel.CALLBACK,
            ANY: Channel.TICKET,
        },
    },
    Format.FRESHDESK_CSV: {
        "priority": _FRESHDESK_PRIORITY,
        "status": _FRESHDESK_STATUS,
        "channel": _FRESHDESK_CHANNEL,
    },
    Format.FRESHDESK_JSON: {
        "priority": _FRESHDESK_PRIORITY,
        "status": _FRESHDESK_STATUS,
        "channel": _FRESHDESK_CHANNEL,
    },
    Format.RT_TSV: {"priority": _RT_PRIORITY, "status": _RT_STATUS},
    Format.RT_JSON: {"priority": _RT_PRIORITY, "status": _RT_STATUS},
}

_HTML = {
    Format.FRESHDESK_JSON: frozenset({"description", "description_html"}),
    Format.FRESHDESK_CSV: frozenset({"Description"}),
}
