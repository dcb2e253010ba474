"""The server's address: its socket, the folder that guards it, and the URI that names both."""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from lapor.store.embedded_postgres.account import Account
from lapor.store.embedded_postgres.data_folder import DataFolder

DATABASE = "lapor"
OWNER = "postgres"
PORT = 5432  # only names the socket's file
SOCKET = f".s.PGSQL.{PORT}"
LONGEST_SOCKET_FOLDER = 103 - len(f"/{SOCKET}")  # bytes; Linux takes 107 in all, macOS 103


def url(socket_folder: Path, database: str) -> str:
    """Return the libpq URI of a database."""
    host = quote(str(socket_folder), safe="")
    return f"postgresql://{OWNER}@/{database}?host={host}&port={PORT}"


def make_socket_folder(data: DataFolder, account: Account) -> Path:
    """Return a folder that only the server's user can enter, with a path short enough for a socket."""
    if len(os.fsencode(data.run)) <= LONGEST_SOCKET_FOLDER:
        data.socket.unlink(missing_ok=True)
        data.run.mkdir(mode=0o700, exist_ok=True)
        data.run.chmod(0o700)
        account.take(data.run)
        return data.run
    with suppress(FileNotFoundError):
        earlier = Path(data.socket.read_text(encoding="utf-8").strip())
        if _reuse(earlier, account):
            return earlier
    usual = tempfile.gettempdir()
    short = Path(tempfile.mkdtemp(prefix="lapor-", dir=usual if len(usual) < 60 else "/tmp"))  # noqa: PLR2004, S108 - mkdtemp makes it safe
    account.take(short)
    draft = data.path / "socket.new"
    draft.write_text(f"{short}\n", encoding="utf-8")
    draft.replace(data.socket)
    return short


def _reuse(folder: Path, account: Account) -> bool:
    """Use the short folder of an earlier start, made again if it has vanished, so that URLs stay valid."""
    try:
        folder.mkdir(mode=0o700)
        account.take(folder)
    except FileExistsError:
        pass
    except OSError:
        return False
    status = folder.lstat()
    return stat.S_ISDIR(status.st_mode) and stat.S_IMODE(status.st_mode) == 0o700 and account.owns(status)  # noqa: PLR2004 - a mode is read best as one
