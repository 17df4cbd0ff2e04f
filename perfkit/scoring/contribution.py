"""What a component says of a period: the common shape in which a score is put together, whatever the components."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from perfkit.scoring import ledger

Question = tuple[str, str, str]  # subject, question, options
NOTHING = ledger.joined([])
FEWEST = 5  # people behind a mean that the public edition shows


@dataclass(frozen=True)
class Scope:
    """What is assessed: the bureau's id, the period and its last day, its year and that one's first day, the decimals of a published score.

    ``spans``: period, start, end of every month, quarter, half-year of the year and of the year itself.
    """

    bureau: str
    period: str
    end: pd.Timestamp
    year: str
    year_start: pd.Timestamp
    spans: pd.DataFrame
    decimals: int


@dataclass(frozen=True)
class Contribution:
    """A component's part in a period's scores.

    ``values``: division → its own value, 0 to 100 points (points added or taken off where it has no weight); None if the component says
    nothing of divisions. ``lines`` sum to them, before the component's weight; ``whole`` are those of the bureau itself, ``pending`` says that
    there are none because something of it is open (and not because the component says nothing of the bureau).
    ``asked`` is what people still have to decide, ``tables`` what its reports show, ``public`` those of them that the public edition
    shows, without people; a table of it with a column ``division`` is cut to a division's page.
    """

    values: Mapping[str, float] | None = None
    lines: ledger.Lines = NOTHING
    whole: ledger.Lines = NOTHING
    pending: bool = False
    asked: tuple[Question, ...] = ()
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    public: Mapping[str, pd.DataFrame] = field(default_factory=dict)
