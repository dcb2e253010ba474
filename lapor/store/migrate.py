"""Numbered SQL migrations, applied once each, in order, by one process at a time.

Nothing else changes the schema. The login that runs ``lapor migrate`` must be allowed to create the two
roles and to act as ``lapor_owner``; the service acts as ``lapor_app``.
"""

import contextlib
import re
from hashlib import sha256
from importlib.resources import files

import psycopg

OWNER, APP = "lapor_owner", "lapor_app"
EXTENSION = "btree_gist"
_LOCK = "SELECT pg_advisory_lock(hashtextextended('lapor.migrate', 0))"
# Roles belong to the whole server: a migration of another of its databases may create them meanwhile.
_CREATED_MEANWHILE = (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation)
_NAME = re.compile(r"(\d{4})_(\w+)\.sql")


class MigrationError(Exception):
    """This release cannot migrate the schema; the sentence says why."""


def _scripts() -> list[tuple[int, str, str]]:
    folder = files("lapor.store") / "migrations"
    entries = ((_NAME.fullmatch(entry.name), entry) for entry in folder.iterdir())
    return sorted((int(match[1]), match[2], entry.read_text()) for match, entry in entries if match)


def _ensure_roles(connection: psycopg.Connection) -> None:
    for role in (OWNER, APP):
        exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        if not exists:
            with contextlib.suppress(*_CREATED_MEANWHILE):
                connection.execute(f"CREATE ROLE {role} NOLOGIN")
    schema = connection.execute("SELECT current_schema()").fetchone()
    name = psycopg.sql.Identifier(schema[0] if schema else "public")
    grants = psycopg.sql.SQL("GRANT {rights} ON SCHEMA {schema} TO {role}")
    for role, rights in ((OWNER, "USAGE, CREATE"), (APP, "USAGE")):
        connection.execute(
            grants.format(rights=psycopg.sql.SQL(rights), schema=name, role=psycopg.sql.SQL(role))
        )
    database = psycopg.sql.Identifier(connection.info.dbname)
    connection.execute(
        psycopg.sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(database, psycopg.sql.SQL(OWNER))
    )


def _ensure_extension(connection: psycopg.Connection) -> None:
    """Create the extension that row histories are indexed with, as the login: it is a trusted one."""
    try:
        connection.execute(f"CREATE EXTENSION IF NOT EXISTS {EXTENSION}".encode())
    except (psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFile) as error:
        raise MigrationError(
            f"PostgreSQL's extension {EXTENSION} is not installed. Install the server's contrib modules"
            " (Debian's packages and the official images have them), then run `lapor migrate` again."
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise MigrationError(
            f"This login may not create the extension {EXTENSION}. Let the database's owner run"
            f" `CREATE EXTENSION {EXTENSION}` in it, then run `lapor migrate` again."
        ) from error


def migrate(connection: psycopg.Connection) -> list[str]:
    """Migrate the schema to this release and return the names of the applied scripts.

    ``connection`` must be in autocommit. Raises ``MigrationError`` if an applied script was changed
    afterwards, if the database is newer than this release, or if it lacks an extension.
    """
    connection.execute(_LOCK)
    try:
        _ensure_roles(connection)
        _ensure_extension(connection)
        connection.execute(f"SET ROLE {OWNER}")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migration (number integer PRIMARY KEY, name text NOT NULL,"
            " digest bytea NOT NULL, at timestamptz NOT NULL DEFAULT now())"
        )
        connection.execute(f"GRANT SELECT ON migration TO {APP}")
        applied: dict[int, bytes] = dict(
            connection.execute("SELECT number, digest FROM migration").fetchall()
        )
        scripts = _scripts()
        unknown = set(applied) - {number for number, _, _ in scripts}
        if unknown:
            raise MigrationError(
                f"The database is at migration {max(unknown)}, newer than this release: install that one."
            )
        return [name for number, name, text in scripts if _apply(connection, number, name, text, applied)]
    finally:
        connection.execute("RESET ROLE")
        connection.execute("SELECT pg_advisory_unlock_all()")


def pending(url: str) -> list[str]:
    """Return the names of the migrations that are not yet applied to this database."""
    with psycopg.connect(url, connect_timeout=5) as connection:
        table = connection.execute("SELECT to_regclass('migration')").fetchone()
        applied = set()
        if table and table[0]:
            applied = {number for (number,) in connection.execute("SELECT number FROM migration")}
    return [name for number, name, _ in _scripts() if number not in applied]


def _apply(
    connection: psycopg.Connection, number: int, name: str, text: str, applied: dict[int, bytes]
) -> bool:
    digest = sha256(text.encode()).digest()
    if number in applied:
        if bytes(applied[number]) != digest:
            raise MigrationError(f"Migration {number:04} ({name}) was changed after it had been applied.")
        return False
    with connection.transaction():
        connection.execute(text.encode())
        connection.execute(
            "INSERT INTO migration (number, name, digest) VALUES (%s, %s, %s)", [number, name, digest]
        )
    return True
