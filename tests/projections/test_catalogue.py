"""The table of projections in the catalogue's docstring is the list of projections."""

from projections import catalogue
from projections.catalogue import PROJECTIONS


def test_the_catalogue_names_every_projection_with_its_version_and_side_tables() -> None:
    lines = (catalogue.__doc__ or "").splitlines()
    rules = [number for number, line in enumerate(lines) if line.startswith("====")]
    listed = [tuple(line.split()[:4]) for line in lines[rules[1] + 1 : rules[2]]]

    def yes(value: object) -> str:
        return "yes" if value else "no"

    assert listed == [
        (each.name, str(each.version), yes(each.history), yes(each.rollup)) for each in PROJECTIONS
    ]
