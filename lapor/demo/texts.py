"""Texts, reporters and places, filled from the data."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from lapor.demo.data import DemoStory, District, phrases, regency
from lapor.domain.vocabulary import Kind, Privacy

_MONTHS = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
]
_DESKS = ("loket 2", "loket 3", "loket 5", "loket MPP Lotte Mart", "loket MPP Deltamas", "kantor kecamatan")
_PLACE = ("district", "village", "road", "landmark")
_MAIL = "example.com"  # reserved by RFC 2606


@dataclass
class TextWriter:
    """The writer of one reporter's texts, with the place that they are about."""

    rng: Random
    today: date
    district: District = field(init=False)
    words: dict[str, str] = field(init=False)
    village_code: str = field(init=False)
    point: tuple[float, float] = field(init=False)

    def __post_init__(self) -> None:
        rng, districts = self.rng, regency().district
        (self.district,) = rng.choices(districts, [each.people for each in districts])
        number = rng.randrange(len(self.district.villages))
        self.village_code = f"{self.district.code}.{2001 + number}"
        lat, lon = self.district.at
        self.point = lat + rng.gauss(0, 0.008), lon + rng.gauss(0, 0.008)
        day = self.today - timedelta(days=rng.randint(3, 45))
        self.words = {
            "district": self.district.name,
            "village": self.district.villages[number],
            "road": rng.choice(self.district.roads),
            "landmark": rng.choice(phrases("landmarks")),
            "since": rng.choice(phrases("since")),
            "long": rng.choice(phrases("long")),
            "night": f"{rng.randint(20, 23)}.{rng.choice(('00', '15', '30'))}",
            "who": rng.choice(phrases("who")),
            "rt": f"{rng.randint(1, 12):02}/{rng.randint(1, 9):02}",
            "count": str(rng.randint(2, 6)),
            "date": f"{day.day} {_MONTHS[day.month - 1]}",
            "time": f"{rng.randint(7, 11):02}.{rng.choice(('00', '15', '30', '45'))}",
            "desk": rng.choice(_DESKS),
            "seq": f"{rng.randint(0, 999_999):06}",
        }
        self.words["number"] = f"REG-{self.words['seq']}"

    def move_to(self, other: "TextWriter") -> None:
        """Write about another writer's place from now on."""
        self.district, self.village_code, self.point = other.district, other.village_code, other.point
        self.words |= {name: other.words[name] for name in _PLACE}

    def fill(self, template: str, **more: str) -> str:
        return template.format_map(defaultdict(str, self.words | more))

    def say(self, kind: str, **more: str) -> str:
        """Return one of the phrases of a kind, filled in."""
        return self.fill(str(self.rng.choice(phrases(kind))), **more)

    def questions(self) -> list[str]:
        return [self.fill(question) for question in self.rng.choice(phrases("questions"))]

    def report(self, story: DemoStory, details: list[str]) -> str:
        """Return a report: a greeting, the matter, up to two details, an end."""
        rng, grievance = self.rng, story.kind in {Kind.COMPLAINT, Kind.OVERSIGHT}
        several = story.details or details
        chosen = rng.sample(several, min(len(several), rng.choice((0, 1, 1, 2)))) if grievance else []
        opening, closing = phrases("openings"), phrases("closings" if grievance else "polite")
        return self.fill(rng.choice(opening) + " ".join([story.text, *chosen]) + rng.choice(closing))

    def place(self) -> dict[str, Any]:
        lat, lon = self.point
        address = f"{self.words['road']}, {self.words['landmark']}, Desa {self.words['village']}"
        place: dict[str, Any] = {"address": address, "village": self.village_code}
        if self.rng.random() < 0.7:  # noqa: PLR2004 - the others share no location
            place["lat"] = round(lat + self.rng.gauss(0, 0.0003), 6)
            place["lon"] = round(lon + self.rng.gauss(0, 0.0003), 6)
        return place

    def reporter(self, privacy: Privacy) -> dict[str, str] | None:
        """Return what the reporter says about themselves, or None. No number or address is a real one."""
        rng = self.rng
        if rng.random() < (0.75 if privacy is Privacy.ANONYMOUS else 0.13):
            return None
        name = person(rng)
        told = {"name": name, "phone": f"0812-0000-{rng.randint(0, 9999):04}"}
        if rng.random() < 0.3:  # noqa: PLR2004
            told["email"] = f"{name.split()[0].lower()}{rng.randint(1, 99)}@{_MAIL}"
        if rng.random() < 0.25:  # noqa: PLR2004
            told["national_id"] = f"321699000000{rng.randint(0, 9999):04}"  # no such district, no such day
        if rng.random() < 0.5:  # noqa: PLR2004
            told["address"] = f"RT {self.words['rt']} Desa {self.words['village']}, {self.district.name}"
        return told


def person(rng: Random) -> str:
    names = regency().people
    return f"{rng.choice(names.given)} {rng.choice(names.family)}"
