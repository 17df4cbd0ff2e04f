"""Where the pages of a published site stand, as seen from a report: every report is one folder down."""

from urllib.parse import quote

from perfkit.project import safe_name

# Stems at the top of the site; a clause's own page is below the first.
CLAUSES, ASSUMPTIONS, SEARCH, PROVENANCE = "clauses", "assumptions", "search", "provenance"


def clause_stem(clause: str) -> str:
    """A clause's page, without suffix, from the top of the site."""
    return f"{CLAUSES}/{safe_name(clause)}"


def clause_page(clause: str) -> str:
    """A clause's page: where it stands, what it says, whom it touched."""
    return quote(f"../{clause_stem(clause)}.html")


def assumption_page(path: str) -> str:
    """A parameter's place on the page of assumptions and changed values."""
    return f"../{ASSUMPTIONS}.html#{quote(path)}"


def division_page(division: str, anchor: str) -> str:
    """A place in a division's report of the same period."""
    return f"{quote(safe_name(division))}.html#{anchor}"
