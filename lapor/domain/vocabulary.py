"""The field's terms, as codes. They are stored in events: none is ever renamed."""

from enum import StrEnum
from typing import NewType

Sealed = NewType("Sealed", str)
"""Text that only the holder of the stream's key can read: ``s1.`` + base64 (``lapor.store.vault.seal``)."""


class Stage(StrEnum):
    """The stage that a complaint has reached (tahap)."""

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
    """The classification of a report (klasifikasi), after Permendagri 8/2023."""

    INFORMATION_REQUEST = "information_request"  # permintaan informasi
    ASPIRATION = "aspiration"  # aspirasi
    COMPLAINT = "complaint"  # pengaduan tidak berkadar pengawasan
    OVERSIGHT = "oversight"  # pengaduan berkadar pengawasan


class Privacy(StrEnum):
    """The privacy of a complaint (biasa, anonim, rahasia). Nothing is public before it is published."""

    OPEN = "open"
    ANONYMOUS = "anonymous"
    CONFIDENTIAL = "confidential"

    def tighter_than(self, other: "Privacy") -> bool:
        """Return whether this level shows less than the other."""
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
    SYSTEM = "system"  # the service itself: nobody sent anything


class Role(StrEnum):
    """The capacity in which a person acts (peran)."""

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
    SYSTEM = "system"  # the service itself: nobody is appointed to it, nobody signs in as it


OFFICES = tuple(role for role in Role if role not in {Role.REPORTER, Role.SYSTEM})
"""The roles that an officer may hold."""


class Step(StrEnum):
    """The step that a deadline limits (tahapan janji layanan)."""

    VERIFY = "verify"
    FOLLOW_UP = "follow_up"
    RESOLVE = "resolve"
    LEGAL_LIMIT = "legal_limit"
    REPORTER_REPLY = "reporter_reply"
    REPORTER_COMPLETION = "reporter_completion"
    ACCEPT = "accept"


OF_REPORTER = frozenset({Step.REPORTER_REPLY, Step.REPORTER_COMPLETION})
"""The steps that are the reporter's; all others are owed to them."""


class Outcome(StrEnum):
    """The result that a response reports (hasil)."""

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
    """The reason why a complaint cannot be processed (alasan arsip)."""

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
    """The reason for closing: the reporter agreed, stayed silent, or an officer decided."""

    ACCEPTED = "accepted"
    SILENCE = "silence"
    DECISION = "decision"


class MoveGround(StrEnum):
    """The reason why a promised deadline moved: a change of the calendar, or another policy."""

    CALENDAR = "calendar"
    POLICY = "policy"


class IdentityReason(StrEnum):
    """The reason for viewing the reporter's identity (alasan membuka identitas)."""

    CONTACT = "contact"  # menghubungi pelapor: nothing can be done without asking them
    VERIFICATION = "verification"  # memastikan identitas, for a service to one person only
    SUBJECT_REQUEST = "subject_request"  # atas permintaan pelapor sendiri
    OMBUDSMAN = "ombudsman"  # diserahkan kepada Ombudsman, as the reporter agreed
    LEGAL_ORDER = "legal_order"  # perintah pengadilan atau penegak hukum
    SAFETY = "safety"  # keselamatan jiwa
    AUDIT = "audit"  # pemeriksaan
    INVESTIGATION = "investigation"  # penyelidikan: the reporter is not told


class Recipient(StrEnum):
    """The recipient of a copy of the stored data (penerima salinan)."""

    PERSON = "person"  # the reporter, at their request
    OMBUDSMAN = "ombudsman"


class ErasureBasis(StrEnum):
    """The legal basis of an erasure (dasar penghapusan), after UU 27/2022."""

    REQUEST = "request"  # the data subject asked for it
    CONSENT_WITHDRAWN = "consent_withdrawn"
    RETENTION = "retention"  # the retention period is over
    UNLAWFUL = "unlawful"  # they should never have been collected
    COURT_ORDER = "court_order"


class OwnerType(StrEnum):
    """The owner of an agency: an MPP's tenants are often outside the regency's command (Perpres 89/2021)."""

    GOVERNMENT = "government"  # perangkat daerah
    VERTICAL = "vertical"  # instansi vertikal
    STATE_ENTERPRISE = "state_enterprise"  # BUMN/BUMD
    COURT = "court"
    PRIVATE = "private"
