"""The log as a file that can be verified without a database: one JSON object a line, in order.

``{"position", "stream", "version", "topic", "state"}``, the state's bytes in base64. These are the stored
bytes, in which personal data is ciphertext.
"""

from base64 import b64encode
from pathlib import Path

import msgspec
import psycopg

from lapor.ledger import leaf_reader
from lapor.progress import Progress, no_progress
from lapor.store.database import connection_string

_CHUNK = 65_536
_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"


def export_log(url: str, file: Path, *, progress: Progress = no_progress) -> int:
    """Write all events of one snapshot and return their number.

    An existing file is replaced when the new one is complete.
    """
    encode, draft, count = msgspec.json.Encoder().encode, file.with_name(f"{file.name}.part"), 0
    options = connection_string(url, seconds=None)
    with psycopg.connect(options, autocommit=True) as connection, connection.transaction():
        connection.execute(_SNAPSHOT)
        row = connection.execute("SELECT coalesce(max(position), 0) FROM event").fetchone()
        head = row[0] if row else 0
        with draft.open("wb") as lines:
            for first in range(0, head, _CHUNK):
                for copied in leaf_reader.copy_rows(connection, first, first + _CHUNK):
                    stream, version, topic, state = leaf_reader.parse_row(copied)
                    event = {
                        "position": leaf_reader.position_of(copied),
                        "stream": stream,
                        "version": version,
                        "topic": topic,
                        "state": b64encode(state).decode(),
                    }
                    lines.write(encode(event) + b"\n")
                    count += 1
                progress(min(first + _CHUNK, head), head)
    draft.replace(file)
    return count
