"""Folders of data: made by one start of the service, and copied for each test that needs its own."""

import atexit
import functools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .service import Service, await_whole


@contextmanager
def a_folder(kind: str = "faults") -> Iterator[Path]:
    """Where a service may live. Its name is short: a socket's path has little room."""
    folder = Path(tempfile.mkdtemp(prefix=f"lapor-{kind}-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def started(folder: Path) -> Iterator[Service]:
    """A service on data of its own in this folder, all of it there."""
    shutil.copytree(_prepared(), folder / "data", dirs_exist_ok=True)
    service = Service(folder)
    service.start()
    try:
        await_whole(service)
        yield service
    finally:
        service.stop()


@functools.cache
def _prepared() -> Path:
    """The data of a service that was started once and stopped, in which nothing has happened."""
    ours = a_folder("prepared")
    folder = ours.__enter__()
    atexit.register(ours.__exit__, None, None, None)
    service = Service(folder)
    service.start()
    await_whole(service)
    assert service.stop() == 0, service.output
    return service.data
