"""Figures as tables: the page, the charts, CSV and XLSX all read the same cells, so that none says more than another (SEC-B15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from knowledge.library import Library
from portal.cases.words import TRANSFERS
from portal.figures import names
from portal.figures.counting import Figures, Key, Spread, Tally, spread
from portal.figures.groupings import Grouping
from portal.figures.hiding import FEWEST, hidden
from portal.i18n import N_, gettext, written_number


@dataclass(frozen=True)
class Cell:
    """`text` is read by people; `value` stands in files: a number (durations in seconds), else the text."""

    text: str
    value: int | None = None


@dataclass(frozen=True)
class Column:
    label: str
    seconds: bool = False


@dataclass(frozen=True)
class Row:
    name: str
    cells: list[Cell]


@dataclass(frozen=True)
class Table:
    title: str
    first: str
    columns: list[Column]
    rows: list[Row] = field(default_factory=list)
    total: Row | None = None
    few: bool = False  # there is something, but too little to be shown


COLUMNS = (
    (N_("Chats"), False), (N_("Hand-overs"), False),
    (N_("Waiting: median"), True), (N_("Waiting: 90th percentile"), True), (N_("Waiting: longest"), True),
    (N_("First answer: median"), True), (N_("First answer: 90th percentile"), True),
    (N_("Answer to a message left: median"), True),
    (N_("Transfers received"), False), (N_("Decided in time"), False),
)  # fmt: skip
HIDDEN = N_("not shown")
NOTHING = Cell("–")


def shut() -> Cell:
    """The same words whatever is hidden, and why: see `hiding.hidden`."""
    return Cell(gettext(HIDDEN))


def number(n: int) -> Cell:
    return Cell(written_number(n), n)


def cells(tally: Tally, *, chats: bool = True, transfers: bool = True, fewest: int = 0) -> list[Cell]:
    """A row. `chats`, `transfers`: may they be shown? Times of fewer than `fewest` chats are not."""

    def times(seconds: list[int], *kinds: str) -> list[Cell]:
        if chats and not seconds:
            return [NOTHING] * len(kinds)
        if not chats or len(seconds) < fewest:
            return [shut()] * len(kinds)
        found = spread(seconds)
        assert isinstance(found, Spread)
        return [Cell(names.duration(n), n) for n in (getattr(found, kind) for kind in kinds)]

    return [
        *([number(len(tally.chats)), number(tally.handovers)] if chats else [shut(), shut()]),
        *times(tally.waits, "median", "ninetieth", "longest"),
        *times(tally.answers, "median", "ninetieth"),
        *times(tally.letters, "median"),
        *([number(tally.transfers), number(tally.clock["in_time"])] if transfers else [shut(), shut()]),
    ]


def by_group(figures: Figures, grouping: Grouping, library: Library, organisations: Mapping[str, str]) -> Table:
    """The main table: ordered by time or by name, never by size. Without rows where there is nothing, or too few people to
    be grouped at all."""
    shut_chats, shut_transfers = withheld(figures, grouping)
    chosen = [
        key for key, tally in figures.groups.items()
        if grouping.begin or (tally.handovers and shut_chats is not None) or (tally.transfers and shut_transfers is not None)
    ]  # fmt: skip
    named = [(names.group(grouping.id, key, library, organisations), key) for key in chosen]
    rows = [
        Row(
            name,
            cells(
                figures.groups[key],
                chats=shut_chats is not None and key not in shut_chats,
                transfers=shut_transfers is not None and key not in shut_transfers,
                fewest=FEWEST if grouping.people else 0,
            ),
        )
        for name, key in (sorted(named) if grouping.begin is None else named)
    ]
    if grouping.begin is None:  # what was not stated comes last
        rows.sort(key=lambda row: row.name == gettext(names.NOT_STATED))
    columns = [Column(gettext(label), seconds) for label, seconds in COLUMNS]
    total = Row(gettext(N_("Total")), cells(figures.total)) if rows else None
    return Table(gettext(N_("Figures by group")), gettext(grouping.label), columns, rows, total)


def withheld(figures: Figures, grouping: Grouping) -> tuple[set[Key] | None, set[Key] | None]:
    """The groups whose chats, and whose transfers, are not shown; None: there are so few in all that no group is named for
    them."""
    if not grouping.people:
        return set(), set()
    chats = {key: len(tally.chats) for key, tally in figures.groups.items()}
    transfers = {key: tally.transfers for key, tally in figures.groups.items()}
    return hidden(chats, len(figures.total.chats)), hidden(transfers, figures.total.transfers)


def simple(title: str, first: str, counts: Mapping[str, int], counted: str = COLUMNS[1][0]) -> Table:
    return Table(title, first, [Column(gettext(counted))], [Row(n, [number(c)]) for n, c in counts.items()])


def listed(words: Mapping[str, str], counts: Mapping[str, int]) -> dict[str, int]:
    """Counts by their names, in the order of the words; a key without a word keeps its id."""
    known = {gettext(word): counts[key] for key, word in words.items() if counts.get(key)}
    return known | {key: n for key, n in sorted(counts.items()) if key not in words}


def by_kind(figures: Figures) -> list[Table]:
    """Hand-overs by reason, by how they ended, by rating; ratings only from five on, and of the organisation as a whole. Transfers
    by decision: who returns everything keeps the 48-hour rule, and this says so (docs/decisions/0006)."""
    stars = (
        {gettext(N_("%(stars)s of 5")) % {"stars": n}: figures.ratings[n] for n in range(5, 0, -1)}
        if figures.ratings.total() >= FEWEST
        else {}
    )
    return [
        simple(gettext(N_("Hand-overs by reason")), gettext(N_("Reason")), listed(names.REASONS, figures.reasons)),
        simple(gettext(N_("How they ended")), gettext(N_("How it ended")), listed(names.ENDS, figures.ends)),
        replace(simple(gettext(N_("Ratings by visitors")), gettext(N_("Stars")), stars), few=bool(figures.ratings) and not stars),
        simple(
            gettext(N_("Transfers received, by decision")), gettext(N_("Decision")), listed(TRANSFERS, figures.decisions),
            COLUMNS[-2][0],
        ),
    ]  # fmt: skip
