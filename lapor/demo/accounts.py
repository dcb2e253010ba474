"""The demo's accounts: a token for every role, kept in a file that only its owner can read."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lapor.bootstrap import RunningServices
from lapor.demo.cast import DEMO_OPERATOR, SHOWN_AGENCY, Cast
from lapor.demo.life import Life
from lapor.domain.vocabulary import Privacy, Role, Stage

TERMS = {
    Role.INTAKE: "petugas penerima di loket",
    Role.COORDINATOR: "admin koordinator: verifikasi dan disposisi",
    Role.LIAISON: "pejabat penghubung perangkat daerah",
    Role.HEAD: "kepala perangkat daerah",
    Role.ARBITER: "penetap kewenangan (Sekda)",
    Role.INSPECTOR: "Inspektorat / APIP",
    Role.NATIONAL: "admin nasional",
    Role.EXECUTIVE: "pimpinan daerah",
    Role.DPO: "pejabat pelindungan data pribadi",
    Role.MALL_MANAGER: "pengelola Mal Pelayanan Publik",
    Role.INTEGRATOR: "sistem terhubung",
    Role.AUDITOR: "auditor: membaca seluruh log",
    Role.ADMINISTRATOR: "administrator sistem",
}


@dataclass
class Accounts:
    """The accounts that ``/`` and the command line show in demo mode."""

    path: Path
    told: dict[str, Any]

    @classmethod
    def issue(cls, path: Path, running: RunningServices, cast: Cast, **about: Any) -> "Accounts":
        """Issue a token for each role and store them at once, so that a demo that breaks off is known."""
        officers = running.services.officers
        rows = [
            {
                "role": player.role,
                "term": TERMS[player.role],
                "name": player.name,
                "agency": player.agency,
                "token": officers.issue_token(player.id, DEMO_OPERATOR, None)["token"],
            }
            for player in cast.shown()
        ]
        it = cls(path, {"complete": False, **about, "accounts": rows, "samples": _samples([])})
        it._write()
        return it

    @classmethod
    def kept(cls, path: Path) -> "Accounts | None":
        """Return the accounts of an earlier demo, or None."""
        try:
            return cls(path, json.loads(path.read_text()))
        except (OSError, ValueError):
            return None

    @property
    def complete(self) -> bool:
        """Whether the demo was finished."""
        return bool(self.told.get("complete"))

    def finish(self, played: Sequence[Life]) -> None:
        """Record that the demo is finished, and which complaints to show."""
        self.told |= {"complete": True, "samples": _samples(played)}
        self._write()

    def _write(self) -> None:
        """Write the file: never readable by others, and never half written."""
        draft = self.path.with_suffix(".new")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:  # noqa: PTH123
            json.dump(self.told, file, indent=1)
        draft.replace(self.path)


def _samples(played: Sequence[Life]) -> dict[str, Any]:
    """Return a closed complaint with a long history, and one that the shown agency is working on."""
    told = [life for life in played if life.stage is Stage.CLOSED and life.privacy is Privacy.OPEN]
    busy = [
        life
        for life in played
        if life.stage is Stage.IN_PROGRESS and life.agency == SHOWN_AGENCY and life.kind != "oversight"
    ]
    return {
        "agency": SHOWN_AGENCY,
        "history": max(told, key=lambda life: life.version).code if told else None,
        "follow_up": str(busy[-1].id) if busy else None,
    }
