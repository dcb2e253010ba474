"""The calendars (kalender kerja) Lapor ships with, as literal dates: an id means the same days for ever.

Source: the yearly SKB 3 Menteri on national holidays and cuti bersama, copied from the `holidays` package
0.109 (Indonesia, categories public and government, one spelling corrected), with election days and the late
changes it knows; no regional days. 2027 is provisional: a decree may yet change it and its Islamic dates are
estimates (the package marks Idul Fitri and Idul Adha "perkiraan").
A correction is never made here: it is a new calendar with a new id.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from lapor.domain.deadlines.working_time import Calendar


def _dated(table: str) -> dict[date, str]:
    """Read lines of an ISO date and a name."""
    rows = (line.split(" ", 1) for line in table.splitlines() if line)
    return {date.fromisoformat(day): name for day, name in rows}


INDONESIA = Calendar(
    id="id-2026/1",
    first=date(2020, 1, 1),
    confirmed_to=date(2026, 12, 31),
    last=date(2027, 12, 31),
    basis="SKB 3 Menteri 1497/2025, 2/2025, 5/2025",
    holidays=_dated("""
2020-01-01 Tahun Baru Masehi
2020-01-25 Tahun Baru Imlek
2020-03-22 Isra Mikraj Nabi Muhammad
2020-03-25 Hari Suci Nyepi
2020-04-10 Wafat Yesus Kristus
2020-05-01 Hari Buruh Internasional
2020-05-07 Hari Raya Waisak
2020-05-21 Kenaikan Yesus Kristus
2020-05-24 Hari Raya Idul Fitri
2020-05-25 Hari kedua dari Hari Raya Idul Fitri
2020-06-01 Hari Lahir Pancasila
2020-07-31 Hari Raya Idul Adha
2020-08-17 Hari Kemerdekaan Republik Indonesia
2020-08-20 Tahun Baru Islam
2020-08-21 Cuti Bersama Tahun Baru Islam
2020-10-28 Cuti Bersama Maulid Nabi Muhammad
2020-10-29 Maulid Nabi Muhammad
2020-10-30 Cuti Bersama Maulid Nabi Muhammad
2020-12-09 Hari Pemilihan Kepala Daerah
2020-12-24 Cuti Bersama Hari Raya Natal
2020-12-25 Hari Raya Natal
2020-12-31 Pengganti Cuti Bersama Hari Raya Idul Fitri

2021-01-01 Tahun Baru Masehi
2021-02-12 Tahun Baru Imlek
2021-03-11 Isra Mikraj Nabi Muhammad
2021-03-14 Hari Suci Nyepi
2021-04-02 Wafat Yesus Kristus
2021-05-01 Hari Buruh Internasional
2021-05-12 Cuti Bersama Hari Raya Idul Fitri
2021-05-13 Hari Raya Idul Fitri; Kenaikan Yesus Kristus
2021-05-14 Hari kedua dari Hari Raya Idul Fitri
2021-05-26 Hari Raya Waisak
2021-06-01 Hari Lahir Pancasila
2021-07-20 Hari Raya Idul Adha
2021-08-11 Tahun Baru Islam
2021-08-17 Hari Kemerdekaan Republik Indonesia
2021-10-20 Maulid Nabi Muhammad
2021-12-25 Hari Raya Natal

2022-01-01 Tahun Baru Masehi
2022-02-01 Tahun Baru Imlek
2022-02-28 Isra Mikraj Nabi Muhammad
2022-03-03 Hari Suci Nyepi
2022-04-15 Wafat Yesus Kristus
2022-04-29 Cuti Bersama Hari Raya Idul Fitri
2022-05-01 Hari Buruh Internasional
2022-05-02 Hari Raya Idul Fitri
2022-05-03 Hari kedua dari Hari Raya Idul Fitri
2022-05-04 Cuti Bersama Hari Raya Idul Fitri
2022-05-05 Cuti Bersama Hari Raya Idul Fitri
2022-05-06 Cuti Bersama Hari Raya Idul Fitri
2022-05-16 Hari Raya Waisak
2022-05-26 Kenaikan Yesus Kristus
2022-06-01 Hari Lahir Pancasila
2022-07-10 Hari Raya Idul Adha
2022-07-30 Tahun Baru Islam
2022-08-17 Hari Kemerdekaan Republik Indonesia
2022-10-08 Maulid Nabi Muhammad
2022-12-25 Hari Raya Natal

2023-01-01 Tahun Baru Masehi
2023-01-22 Tahun Baru Imlek
2023-01-23 Cuti Bersama Tahun Baru Imlek
2023-02-18 Isra Mikraj Nabi Muhammad
2023-03-22 Hari Suci Nyepi
2023-03-23 Cuti Bersama Hari Suci Nyepi
2023-04-07 Wafat Yesus Kristus
2023-04-19 Cuti Bersama Hari Raya Idul Fitri
2023-04-20 Cuti Bersama Hari Raya Idul Fitri
2023-04-21 Cuti Bersama Hari Raya Idul Fitri
2023-04-22 Hari Raya Idul Fitri
2023-04-23 Hari kedua dari Hari Raya Idul Fitri
2023-04-24 Cuti Bersama Hari Raya Idul Fitri
2023-04-25 Cuti Bersama Hari Raya Idul Fitri
2023-05-01 Hari Buruh Internasional
2023-05-18 Kenaikan Yesus Kristus
2023-06-01 Hari Lahir Pancasila
2023-06-02 Cuti Bersama Hari Raya Waisak
2023-06-04 Hari Raya Waisak
2023-06-28 Cuti Bersama Hari Raya Idul Adha
2023-06-29 Hari Raya Idul Adha
2023-06-30 Cuti Bersama Hari Raya Idul Adha
2023-07-19 Tahun Baru Islam
2023-08-17 Hari Kemerdekaan Republik Indonesia
2023-09-28 Maulid Nabi Muhammad
2023-12-25 Hari Raya Natal
2023-12-26 Cuti Bersama Hari Raya Natal

2024-01-01 Tahun Baru Masehi
2024-02-08 Isra Mikraj Nabi Muhammad
2024-02-09 Cuti Bersama Tahun Baru Imlek
2024-02-10 Tahun Baru Imlek
2024-02-14 Hari Pemilihan Umum
2024-03-11 Hari Suci Nyepi
2024-03-12 Cuti Bersama Hari Suci Nyepi
2024-03-29 Wafat Yesus Kristus
2024-03-31 Kebangkitan Yesus Kristus
2024-04-08 Cuti Bersama Hari Raya Idul Fitri
2024-04-09 Cuti Bersama Hari Raya Idul Fitri
2024-04-10 Hari Raya Idul Fitri
2024-04-11 Hari kedua dari Hari Raya Idul Fitri
2024-04-12 Cuti Bersama Hari Raya Idul Fitri
2024-04-15 Cuti Bersama Hari Raya Idul Fitri
2024-05-01 Hari Buruh Internasional
2024-05-09 Kenaikan Yesus Kristus
2024-05-10 Cuti Bersama Kenaikan Yesus Kristus
2024-05-23 Hari Raya Waisak
2024-05-24 Cuti Bersama Hari Raya Waisak
2024-06-01 Hari Lahir Pancasila
2024-06-17 Hari Raya Idul Adha
2024-06-18 Cuti Bersama Hari Raya Idul Adha
2024-07-07 Tahun Baru Islam
2024-08-17 Hari Kemerdekaan Republik Indonesia
2024-09-16 Maulid Nabi Muhammad
2024-11-27 Hari Pemilihan Kepala Daerah
2024-12-25 Hari Raya Natal
2024-12-26 Cuti Bersama Hari Raya Natal

2025-01-01 Tahun Baru Masehi
2025-01-27 Isra Mikraj Nabi Muhammad
2025-01-28 Cuti Bersama Tahun Baru Imlek
2025-01-29 Tahun Baru Imlek
2025-03-28 Cuti Bersama Hari Suci Nyepi
2025-03-29 Hari Suci Nyepi
2025-03-31 Hari Raya Idul Fitri
2025-04-01 Hari kedua dari Hari Raya Idul Fitri
2025-04-02 Cuti Bersama Hari Raya Idul Fitri
2025-04-03 Cuti Bersama Hari Raya Idul Fitri
2025-04-04 Cuti Bersama Hari Raya Idul Fitri
2025-04-07 Cuti Bersama Hari Raya Idul Fitri
2025-04-18 Wafat Yesus Kristus
2025-04-20 Kebangkitan Yesus Kristus
2025-05-01 Hari Buruh Internasional
2025-05-12 Hari Raya Waisak
2025-05-13 Cuti Bersama Hari Raya Waisak
2025-05-29 Kenaikan Yesus Kristus
2025-05-30 Cuti Bersama Kenaikan Yesus Kristus
2025-06-01 Hari Lahir Pancasila
2025-06-06 Hari Raya Idul Adha
2025-06-09 Cuti Bersama Hari Raya Idul Adha
2025-06-27 Tahun Baru Islam
2025-08-17 Hari Kemerdekaan Republik Indonesia
2025-08-18 Cuti Bersama Hari Kemerdekaan Republik Indonesia
2025-09-05 Maulid Nabi Muhammad
2025-12-25 Hari Raya Natal
2025-12-26 Cuti Bersama Hari Raya Natal

2026-01-01 Tahun Baru Masehi
2026-01-16 Isra Mikraj Nabi Muhammad
2026-02-16 Cuti Bersama Tahun Baru Imlek
2026-02-17 Tahun Baru Imlek
2026-03-18 Cuti Bersama Hari Suci Nyepi
2026-03-19 Hari Suci Nyepi
2026-03-20 Cuti Bersama Hari Raya Idul Fitri
2026-03-21 Hari Raya Idul Fitri
2026-03-22 Hari kedua dari Hari Raya Idul Fitri
2026-03-23 Cuti Bersama Hari Raya Idul Fitri
2026-03-24 Cuti Bersama Hari Raya Idul Fitri
2026-04-03 Wafat Yesus Kristus
2026-04-05 Kebangkitan Yesus Kristus
2026-05-01 Hari Buruh Internasional
2026-05-14 Kenaikan Yesus Kristus
2026-05-15 Cuti Bersama Kenaikan Yesus Kristus
2026-05-27 Hari Raya Idul Adha
2026-05-28 Cuti Bersama Hari Raya Idul Adha
2026-05-31 Hari Raya Waisak
2026-06-01 Hari Lahir Pancasila
2026-06-16 Tahun Baru Islam
2026-08-17 Hari Kemerdekaan Republik Indonesia
2026-08-25 Maulid Nabi Muhammad
2026-12-24 Cuti Bersama Hari Raya Natal
2026-12-25 Hari Raya Natal

2027-01-01 Tahun Baru Masehi
2027-01-05 Isra Mikraj Nabi Muhammad
2027-02-05 Cuti Bersama Tahun Baru Imlek
2027-02-06 Tahun Baru Imlek
2027-03-08 Hari Suci Nyepi
2027-03-09 Cuti Bersama Hari Raya Idul Fitri
2027-03-10 Hari Raya Idul Fitri
2027-03-11 Hari kedua dari Hari Raya Idul Fitri
2027-03-12 Cuti Bersama Hari Raya Idul Fitri
2027-03-15 Cuti Bersama Hari Raya Idul Fitri
2027-03-25 Cuti Bersama Wafat Yesus Kristus
2027-03-26 Wafat Yesus Kristus
2027-03-28 Kebangkitan Yesus Kristus
2027-05-01 Hari Buruh Internasional
2027-05-06 Kenaikan Yesus Kristus
2027-05-17 Hari Raya Idul Adha
2027-05-18 Cuti Bersama Hari Raya Idul Adha
2027-05-19 Cuti Bersama Hari Raya Waisak
2027-05-20 Hari Raya Waisak
2027-06-01 Hari Lahir Pancasila
2027-06-06 Tahun Baru Islam
2027-08-15 Maulid Nabi Muhammad
2027-08-17 Hari Kemerdekaan Republik Indonesia
2027-12-24 Cuti Bersama Hari Raya Natal
2027-12-25 Hari Raya Natal
2027-12-26 Isra Mikraj Nabi Muhammad
"""),
)

CALENDARS: Mapping[str, Calendar] = MappingProxyType({INDONESIA.id: INDONESIA})
