"""The words of the field, as codes. They are stored in events: none is ever renamed."""

from enum import StrEnum
from typing import NewType

Sealed = NewType("Sealed", str)
"""Text that only the holder of the stream's key can read: ``s1.`` + base64 (``lapor.store.vault.seal``)."""


class Stage(StrEnum):
    """Where a complaint stands (tahap)."""

    FILED = "filed"
    AWAITING_REPORTER = "awaiting_reporter"
    VERIFIED = "verified"
    ROUTED = "routed"
    DISPUTED = "disputed"
    IN_PROGRESS = "in_progress"
    RESPONDED = "responded"
    CLOSED = "closed"
    ARCHIVED = "archived"
    MERGED = "merged"
    TRANSFERRED = "transferred"
    WITHDRAWN = "withdrawn"


class Kind(StrEnum):
    """What a report is (klasifikasi), after Permendagri 8/2023."""

    INFORMATION_REQUEST = "information_request"  # permintaan informasi
    ASPIRATION = "aspiration"  # aspirasi
    COMPLAINT = "complaint"  # pengaduan tidak berkadar pengawasan
    OVERSIGHT = "oversight"  # pengaduan berkadar pengawasan


class Privacy(StrEnum):
    """Who may know what (biasa, anonim, rahasia). Nothing is public before an explicit publication."""

    OPEN = "open"
    ANONYMOUS = "anonymous"
    CONFIDENTIAL = "confidential"

    def tighter_than(self, other: "Privacy") -> bool:
        order = list(Privacy)
        return order.index(self) > order.index(other)


class Channel(StrEnum):
    """The way by which an event reached us (kanal)."""

    WEB = "web"
    KIOSK = "kiosk"
    WALK_IN = "walk_in"
    LETTER = "letter"
    PHONE = "phone"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    SOCIAL = "social"
    EMAIL = "email"
    OPEN311 = "open311"
    SP4N = "sp4n"
    IMPORT = "import"
    SYSTEM = "system"  # by itself: nobody sent anything


class Role(StrEnum):
    """In what capacity somebody acts (peran)."""

    REPORTER = "reporter"  # pelapor
    INTAKE = "intake"  # petugas penerima
    COORDINATOR = "coordinator"  # admin koordinator instansi
    LIAISON = "liaison"  # pejabat penghubung
    HEAD = "head"  # kepala perangkat daerah
    ARBITER = "arbiter"  # penetap kewenangan (Sekda)
    INSPECTOR = "inspector"  # Inspektorat / APIP
    NATIONAL = "national"  # admin nasional
    EXECUTIVE = "executive"  # pimpinan daerah
    DPO = "dpo"  # pejabat pelindungan data pribadi
    MALL_MANAGER = "mall_manager"  # pengelola MPP
    INTEGRATOR = "integrator"  # sistem terhubung
    AUDITOR = "auditor"  # auditor
    ADMINISTRATOR = "administrator"  # administrator sistem
    SYSTEM = "system"  # the service by itself: nobody is appointed to it, nobody signs in as it


OFFICES = tuple(role for role in Role if role not in {Role.REPORTER, Role.SYSTEM})
"""The roles that an officer may hold."""


class Step(StrEnum):
    """What a deadline is about (tahapan janji layanan)."""

    VERIFY = "verify"
    FOLLOW_UP = "follow_up"
    RESOLVE = "resolve"
    LEGAL_LIMIT = "legal_limit"
    REPORTER_REPLY = "reporter_reply"
    REPORTER_COMPLETION = "reporter_completion"
    ACCEPT = "accept"


OF_REPORTER = frozenset({Step.REPORTER_REPLY, Step.REPORTER_COMPLETION})
"""What the reporter has time for; all others are owed to him."""


class Outcome(StrEnum):
    """What a response came to (hasil)."""

    FIXED = "fixed"
    ANSWERED = "answered"
    SERVICE_DELIVERED = "service_delivered"
    SCHEDULED = "scheduled"
    NOT_PROVEN = "not_proven"
    PROVEN_SANCTION = "proven_sanction"
    REFUSED_LAWFUL = "refused_lawful"
    COMPENSATED = "compensated"
    NO_AUTHORITY = "no_authority"


class ArchiveReason(StrEnum):
    """Why a complaint cannot be processed (alasan arsip)."""

    TOO_GENERAL = "too_general"
    NOT_GOVERNMENT = "not_government"
    WRONG_FORMAT = "wrong_format"
    NOT_PUBLIC_SERVICE = "not_public_service"
    COURT = "court"
    CRIMINAL = "criminal"
    LEGISLATIVE = "legislative"
    SLANDER = "slander"
    SPAM = "spam"
    INCOMPLETE_NO_REPLY = "incomplete_no_reply"


class Ground(StrEnum):
    """Why a complaint was closed: the reporter agreed, stayed silent, or an officer decided."""

    ACCEPTED = "accepted"
    SILENCE = "silence"
    DECISION = "decision"


class MoveGround(StrEnum):
    """What moved a deadline that was promised already: a change of the calendar, or another policy."""

    CALENDAR = "calendar"
    POLICY = "policy"


class IdentityReason(StrEnum):
    """Why somebody has to know who the reporter is (alasan membuka identitas)."""

    CONTACT = "contact"  # menghubungi pelapor: nothing can be done without asking him
    VERIFICATION = "verification"  # memastikan identitas, where a service is his alone
    SUBJECT_REQUEST = "subject_request"  # atas permintaan pelapor sendiri
    OMBUDSMAN = "ombudsman"  # diserahkan kepada Ombudsman, as the reporter agreed
    LEGAL_ORDER = "legal_order"  # perintah pengadilan atau penegak hukum
    SAFETY = "safety"  # keselamatan jiwa
    AUDIT = "audit"  # pemeriksaan
    INVESTIGATION = "investigation"  # penyelidikan: the reporter is not told


class Recipient(StrEnum):
    """Who was given a copy of what is held (penerima salinan)."""

    PERSON = "person"  # the reporter himself, at his request
    OMBUDSMAN = "ombudsman"


class ErasureBasis(StrEnum):
    """Why personal data were erased (dasar penghapusan), after UU 27/2022."""

    REQUEST = "request"  # who is concerned asked for it
    CONSENT_WITHDRAWN = "consent_withdrawn"
    RETENTION = "retention"  # the time for which they are kept is over
    UNLAWFUL = "unlawful"  # they should never have been taken
    COURT_ORDER = "court_order"


class OwnerType(StrEnum):
    """Whose an agency is: an MPP's tenants are often outside the regency's command (Perpres 89/2021)."""

    GOVERNMENT = "government"  # perangkat daerah
    VERTICAL = "vertical"  # instansi vertikal
    STATE_ENTERPRISE = "state_enterprise"  # BUMN/BUMD
    COURT = "court"
    PRIVATE = "private"
