"""Tables that are harmless in a spreadsheet."""

import re

import pandas as pd

FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # what makes a spreadsheet take a text for a formula; the wide ones too, in Chinese editions
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_BREAK = re.compile(r"\r(?!\n)")


def harmless(cell: object) -> object:
    """A cell as it may stand in a CSV: a text that a spreadsheet would run gets an apostrophe in front; numbers and all other texts stay as they are."""
    if not isinstance(cell, str):
        return cell
    text = f"'{cell}" if cell.startswith(FORMULA) and not _NUMBER.fullmatch(cell) else cell
    return _BREAK.sub("\n", text)  # a line break that the csv module of Python 3.11 would not put in quotation marks


def as_csv(table: pd.DataFrame) -> bytes:
    """A table as CSV for Excel: UTF-8 with a mark, no formulas."""
    plain = table.rename(columns=harmless)
    for place, kind in enumerate(table.dtypes):
        if not pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_datetime64_any_dtype(kind):
            plain.isetitem(place, [harmless(cell) for cell in table.iloc[:, place]])
    return plain.to_csv(index=False, lineterminator="\n").encode("utf-8-sig")


def digits(shown: str) -> str:
    """A number of a page as a program reads it: without separators, with a hyphen for minus."""
    return shown.replace(",", "").replace("−", "-").removeprefix("+")
