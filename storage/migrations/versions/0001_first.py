"""The first schema: people, cases, what comes in and what goes out, and what nobody may edit."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

OPEN = "status IN ('NEW','NEED_INFO','FORWARDED','RETURNED','ACCEPTED','IN_PROGRESS','WAIT_APPROVAL','REOPENED')"
INSTANT = sa.DateTime(timezone=True)
# What must never be edited or taken away, not even by this program (LAW B9, RELIABILITY H4).
PROTECTED = (("events", "UPDATE"), ("events", "DELETE"), ("consents", "UPDATE"), ("consents", "DELETE"), ("cases", "DELETE"))


def upgrade() -> None:
    """Make the tables and the triggers."""
    op.create_table(
        "attempts",
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("who_hash", sa.String(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("what", "who_hash", name=op.f("pk_attempts")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("message_key", sa.String(), nullable=True),
        sa.Column("chat_hash", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("incident", sa.String(), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("next_try_at", INSTANT, nullable=True),
        sa.CheckConstraint("state IN ('done','waiting','failed','dead')", name=op.f("ck_inbox_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("platform", "account", "key", name=op.f("uq_inbox_platform_account_key")),
        sa.UniqueConstraint("platform", "account", "message_key", name=op.f("uq_inbox_platform_account_message_key")),
    )
    _index("ix_inbox_dead", "inbox", ["id"], where="state = 'dead'")
    _index("ix_inbox_raw", "inbox", ["received_at"], where="state = 'done' AND raw IS NOT NULL")
    _index("ix_inbox_unfinished", "inbox", ["id"], where="state IN ('waiting','failed')")
    _index("ix_inbox_unfinished_chat", "inbox", ["chat_hash", "id"], where="state IN ('waiting','failed')")
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("run_at", INSTANT, nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint("state IN ('waiting','failed')", name=op.f("ck_jobs_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_jobs_kind_key")),
        sqlite_autoincrement=True,
    )
    _index("ix_jobs_run_at", "jobs", ["run_at"], where="state = 'waiting'")
    op.create_table(
        "legacy_units",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("district", sa.String(), nullable=False),
        sa.Column("province", sa.String(), nullable=False),
        sa.Column("successors", sa.Text(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legacy_units")),
        sa.UniqueConstraint("name", "level", "district", "province", name=op.f("uq_legacy_units_name_level_district_province")),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.Column("address_as", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    op.create_table(
        "rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("set", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("shipped", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules")),
        sa.UniqueConstraint("set", "key", "version", name=op.f("uq_rules_set_key_version")),
    )
    op.create_table(
        "sessions",
        sa.Column("address_hash", sa.String(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("address_hash", name=op.f("pk_sessions")),
    )
    _index("ix_sessions_updated_at", "sessions", ["updated_at"])
    op.create_table(
        "units",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("parent", sa.String(), nullable=True),
        sa.Column("province", sa.String(), nullable=False),
        sa.Column("head_title", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("successors", sa.Text(), nullable=False),
        sa.Column("aliases", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["parent"], ["units.code"], name=op.f("fk_units_parent_units")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_units")),
    )
    _index("ix_units_parent", "units", ["parent"])
    op.create_table(
        "consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("wording", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_consents_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    _index("ix_consents_person_id", "consents", ["person_id"])
    op.create_table(
        "contacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("address_hash", sa.String(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_contacts_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("address_hash", name=op.f("uq_contacts_address_hash")),
    )
    _index("ix_contacts_person_id", "contacts", ["person_id"])
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("badge", sa.String(), nullable=False),
        sa.Column("joined_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_staff_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("person_id", name=op.f("uq_staff_person_id")),
    )
    op.create_table(
        "appointments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_appointments_staff_id_staff")),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_appointments_unit_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointments")),
    )
    _index("ix_appointments_staff_id", "appointments", ["staff_id"])
    _index("ix_appointments_unit", "appointments", ["unit", "role"])
    _index("uq_appointments_one_head", "appointments", ["unit"], where="role = 'unit_head' AND until IS NULL", unique=True)
    op.create_table(
        "cases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("pin_hash", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("flags", sa.String(), nullable=False),
        sa.Column("known_as", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=True),
        sa.Column("filed_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("legal_due_at", INSTANT, nullable=True),
        sa.Column("next_check_at", INSTANT, nullable=True),
        sa.Column("handling_unit", sa.String(), nullable=True),
        sa.Column("handler", sa.Integer(), nullable=True),
        sa.Column("forwarded_at", INSTANT, nullable=True),
        sa.Column("ack_due_at", INSTANT, nullable=True),
        sa.Column("accepted_at", INSTANT, nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("contest_until", INSTANT, nullable=True),
        sa.Column("contested", sa.Boolean(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("returns", sa.Integer(), nullable=False),
        sa.Column("resume", sa.String(), nullable=True),
        sa.Column("share_files", sa.Boolean(), nullable=False),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("rating IS NULL OR rating BETWEEN 1 AND 5", name=op.f("ck_cases_rating")),
        sa.ForeignKeyConstraint(["handler"], ["staff.id"], name=op.f("fk_cases_handler_staff")),
        sa.ForeignKeyConstraint(["handling_unit"], ["units.code"], name=op.f("fk_cases_handling_unit_units")),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], name=op.f("fk_cases_rule_id_rules")),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_cases_unit_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("code", name=op.f("uq_cases_code")),
    )
    _index("ix_cases_handler", "cases", ["handler", "due_at"], where=f"{OPEN} AND handler IS NOT NULL")
    _index("ix_cases_intake", "cases", ["filed_at"], where="status IN ('NEW','RETURNED')")
    _index("ix_cases_next_check", "cases", ["next_check_at"], where="next_check_at IS NOT NULL")
    _index("ix_cases_open_about", "cases", ["unit"], where=OPEN)
    _index("ix_cases_open_due", "cases", ["due_at", "handling_unit"], where=OPEN)
    _index("ix_cases_open_unit", "cases", ["handling_unit", "due_at"], where=OPEN)
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("badge", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_invitations_staff_id_staff")),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_invitations_unit_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_invitations_code_hash")),
    )
    op.create_table(
        "answers",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("finding", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("evidence", sa.LargeBinary(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("author", sa.Integer(), nullable=False),
        sa.Column("signer", sa.Integer(), nullable=True),
        sa.Column("given_at", INSTANT, nullable=True),
        sa.CheckConstraint("given_at IS NULL OR signer IS NOT NULL", name=op.f("ck_answers_signed")),
        sa.ForeignKeyConstraint(["author"], ["staff.id"], name=op.f("fk_answers_author_staff")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_answers_case_id_cases")),
        sa.ForeignKeyConstraint(["signer"], ["staff.id"], name=op.f("fk_answers_signer_staff")),
        sa.PrimaryKeyConstraint("case_id", "round", name=op.f("pk_answers")),
    )
    op.create_table(
        "case_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("owner_hash", sa.String(), nullable=False),
        sa.Column("draft", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("mime", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("ref", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("store", sa.String(), nullable=False),
        sa.Column("copy", sa.String(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint("state IN ('pending','stored','failed')", name=op.f("ck_case_files_state")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_files_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_files")),
        sqlite_autoincrement=True,
    )
    _index("ix_case_files_case_id", "case_files", ["case_id"])
    _index("ix_case_files_owner_hash", "case_files", ["owner_hash"])
    op.create_table(
        "case_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("staff", sa.Integer(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_messages_case_id_cases")),
        sa.ForeignKeyConstraint(["staff"], ["staff.id"], name=op.f("fk_case_messages_staff_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_messages")),
    )
    _index("ix_case_messages_case_id", "case_messages", ["case_id"])
    op.create_table(
        "case_texts",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("story", sa.LargeBinary(), nullable=False),
        sa.Column("happened", sa.LargeBinary(), nullable=False),
        sa.Column("official", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_texts_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_texts")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("actor", sa.Integer(), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor"], ["staff.id"], name=op.f("fk_events_actor_staff")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_events_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    _index("ix_events_case_id", "events", ["case_id"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("must_arrive", sa.Boolean(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("next_try_at", INSTANT, nullable=False),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "state IN ('pending','sending','sent','uncertain','held','dead','dropped')", name=op.f("ck_outbox_state")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_outbox_case_id_cases")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_outbox_contact_id_contacts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("once", name=op.f("uq_outbox_once")),
    )
    _index("ix_outbox_due", "outbox", ["next_try_at"], where="state = 'pending'")
    _index("ix_outbox_order", "outbox", ["contact_id", "priority", "id"], where="state IN ('pending','sending')")
    _index("ix_outbox_payload", "outbox", ["done_at"], where="payload IS NOT NULL")
    _index("ix_outbox_stuck", "outbox", ["state", "id"], where="state IN ('sending','dead','held')")
    _index("ix_outbox_waiting", "outbox", ["priority", "id"], where="state = 'pending'")
    op.create_table(
        "reminders",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_reminders_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", "kind", "level", "due_at", name=op.f("pk_reminders")),
    )
    op.create_table(
        "reporters",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("person_hash", sa.String(), nullable=True),
        sa.Column("person", sa.LargeBinary(), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("forgotten_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_reporters_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_reporters")),
    )
    _index("ix_reporters_person_hash", "reporters", ["person_hash"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
    for table, verb in PROTECTED:
        _protect(table, verb)


def downgrade() -> None:
    """Take everything away."""
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")


TABLES = (
    "reporters",
    "reminders",
    "outbox",
    "events",
    "case_texts",
    "case_messages",
    "case_files",
    "answers",
    "invitations",
    "cases",
    "appointments",
    "staff",
    "contacts",
    "consents",
    "units",
    "sessions",
    "rules",
    "people",
    "meta",
    "legacy_units",
    "jobs",
    "inbox",
    "attempts",
)


def _index(name: str, table: str, columns: Sequence[str], where: str | None = None, unique: bool = False) -> None:
    only = None if where is None else sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=only, postgresql_where=only)


def _protect(table: str, verb: str) -> None:
    words = (
        f"a row of {table} is never changed or deleted"
        if (table, "UPDATE") in PROTECTED
        else f"a row of {table} is never deleted"
    )
    name = f"{table}_refuse_{verb.lower()}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{words}'); END")
        return
    op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change('{words}')")
    if verb == "DELETE":
        op.execute(f"CREATE TRIGGER {table}_refuse_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION refuse_change('{words}')")
