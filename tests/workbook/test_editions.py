"""What the public edition keeps to itself: a bureau whose people, hours and amounts occur nowhere else, and a search of all that is published."""

import csv
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from zipfile import ZipFile

import pandas as pd
import pyarrow.parquet
import pytest

from perfkit import assess, load_records, load_scheme
from perfkit.assessment import Assessment
from perfkit.edition import PRIVATE
from perfkit.problems import UsageError
from perfkit.scoring import survey
from tests.conftest import Bureau
from tests.workbook.conftest import ROOT, copied, published

NAME = "㐂"  # in every name of the bureau's people, and in no text of anybody else's
ID = "SENTINEL-"
HOURS = 0.0237  # less than what was entered: 7.9763 for 8
AMOUNT = 31337.17  # more than what was entered
# What only people who decide may read, beside ids and names: reasons, evidence, references, decisions of single cases.
WORDS = {"plan_items": ["reason"], "credits": ["reference"], "exemptions": ["reason"], "corrections": ["why"], "vetoes": ["evidence"], "recusals": ["why"]}
OF_PEOPLE = {"measures": ["measure", "issue", "effect"], "appeals": ["appeal"]}  # only in the rows of people; a division's are published
SMALL = "监察室"  # two people
DRAWING = {"d", "transform", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "viewbox", "width", "height", "points", "style"}
NUMBERS = re.compile(r"\d[\d,]*\.\d+")


def rewritten(file: Path, people: dict[str, str], change: dict[str, float]) -> None:
    """A table in which people go by other ids and names, and the columns in ``change`` hold other numbers."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    known = re.compile("|".join(sorted(map(re.escape, people), key=len, reverse=True)))
    table, written = file.stem, []
    for row in rows:
        new = {column: known.sub(lambda found: people[found.group()], cell) for column, cell in row.items()}
        private = any(row.get(column) in people for column in ("subject", "staff"))
        for column in [*WORDS.get(table, []), *(OF_PEOPLE.get(table, []) if private else [])]:
            new[column] = new[column] and f"{ID}{new[column]}"
        for column, more in change.items():
            if column in new and float(new[column] or 0) > 0:
                new[column] = f"{float(new[column]) + more:.10g}"
        written.append(new)
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0] if rows else [], lineterminator="\n")
        if rows:
            writer.writeheader()
            writer.writerows(written)


def disguised(root: Path, bureau: str) -> None:
    """The sample bureau with people, hours and amounts that occur nowhere else."""
    folder = root / "data" / bureau
    with (folder / "staff.csv").open(encoding="utf-8-sig", newline="") as stream:
        staff = list(csv.DictReader(stream))
    people = {row["staff"]: f"{ID}{place:02d}" for place, row in enumerate(staff)}
    people |= {row["name"]: f"{NAME}{place:02d}" for place, row in enumerate(staff)}
    for file in folder.glob("*.csv"):
        if file.read_text(encoding="utf-8-sig").count("\n") > 1:
            change = {"hours": {"approved": -HOURS}, "payments": {"amount": AMOUNT},
                      "payout_bases": dict.fromkeys(("monthly_organisation", "monthly_standard", "competitive", "annual"), AMOUNT)}  # fmt: skip
            rewritten(file, people, change.get(file.stem, {}))


class Shown(HTMLParser):
    """The text and the attributes of a page, but for where a drawing puts its shapes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name not in DRAWING]

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def told(folder: Path) -> dict[str, str]:
    """File → everything written in it: a Parquet file's cells and its descriptions beside its bytes, a workbook's parts."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        name, content = path.relative_to(folder).as_posix(), path.read_bytes()
        if path.suffix == ".parquet":
            table = pyarrow.parquet.read_table(path)
            frame = table.to_pandas()
            cells = [f"{cell!r}" if isinstance(cell, float) else str(cell) for column in frame for cell in frame[column]]
            found[name] = "\n".join([name, *cells, str(table.schema), str(table.schema.metadata), content.decode("utf-8", "ignore")])
        elif path.suffix == ".xlsx":
            with ZipFile(path) as book:
                found[name] = "\n".join([name, *(part for each in book.namelist() for part in (each, book.read(each).decode("utf-8")))])
        else:
            found[name] = f"{name}\n{content.decode('utf-8')}"
    return found


def numbers(name: str, text: str) -> set[str]:
    """The numbers with decimals of a file, as written and rounded to cents; of a page only those a reader or a program meets as such."""
    if name.endswith(".html"):
        text = "\n".join(Shown(text).found)
    if name.endswith(".parquet"):
        text = text.partition("\0")[0]
    plain = {each.replace(",", "") for each in NUMBERS.findall(text)}
    return plain | {f"{float(each):.2f}" for each in plain}


def secrets(result: Assessment) -> dict[str, set[str]]:
    """Kind → numbers that belong to people: single hours, hours of a month or year, amounts one by one and added up, means of fewer than five."""
    written = result.standing
    paid, bases = result.payouts, result.records["payout_bases"]
    sums = [paid.groupby(keys)["amount"].sum() for keys in (["kind"], ["period", "kind"], ["staff"], ["period"], ["staff", "period"])]
    amounts = pd.concat([paid["amount"], paid["base"], result.settlement["due"], result.settlement["paid"], result.records["payments"]["amount"],
                         *(bases[column] for column in ("monthly_organisation", "monthly_standard", "competitive", "annual")), *sums])  # fmt: skip
    hours = pd.concat([result.staff["hours"], result.staff_months["hours"]])
    means = written.loc[written["assessed"] < 5, "mean_hours"]
    found = {"entry": result.records["hours"]["approved"], "hours": hours[hours > 100], "amount": amounts[amounts.abs() > 100], "mean": means}
    texts = {kind: {f"{abs(value):.{4 if kind == 'entry' else 2}f}" for value in values} for kind, values in found.items()}
    return {kind: {text for text in each if not text.endswith("0")} for kind, each in texts.items()}  # a round number may be anybody's


def test_a_group_of_few_raters_is_told_only_together_with_the_others(sample_year: Assessment) -> None:
    """Four leaders rate each division; with the other groups' means and the whole, theirs could be worked out."""
    internal, public = (each.ledger[each.ledger["component"] == "appraisal"] for each in (sample_year, sample_year.public()))
    divisions = set(sample_year.divisions["division"])
    assert set(internal.loc[internal["subject"].isin(divisions), "item"]) == {"服务对象", "局领导", "其他处室"}
    assert set(public["item"]) == {"all_raters"}
    assert public["subject"].is_unique
    sums = internal[internal["subject"].isin(divisions)].groupby("subject")["value"].sum()
    assert public.set_index("subject")["value"].to_dict() == pytest.approx(sums.to_dict())
    lost = sample_year.public().losses
    assert set(lost.loc[lost["component"] == "appraisal", "cause"]) == {"all_raters"}
    assert sample_year.public().checks["holds"].all()


def test_groups_of_five_raters_are_told_apart(bureau: Bureau) -> None:
    row = bureau.rows("appraisals", kind="mass", subject="D1")[0]
    row["votes"] = 5
    bureau.add("appraisals", **{**row, "rater_group": "局领导"})
    bureau.add("appraisals", **{**row, "rater_group": "局领导", "subject": "D2", "votes": 4})
    lines = bureau.assess().public().ledger
    items = lines[lines["component"] == "appraisal"].groupby("subject")["item"].agg(list).to_dict()
    assert items == {"D1": ["群众", "局领导"], "D2": ["all_raters"], "D3": ["群众"]}


def test_means_of_few_answers_are_not_published_nor_what_would_give_them_away() -> None:
    """One of 40 irrigators answered in July, two in December; so the next smallest stratum is withheld too."""
    result = assess(load_scheme(ROOT / "params/water-bureau.yaml"), load_records(ROOT / "data/water-bureau"), "2023")
    rows = result.beside["survey"].set_index(["round", "stratum"])
    assert rows.loc[("2023-07", "用水户协会"), ["n", "mean"]].to_list() == [1, 60]
    public = result.public().beside["survey"].set_index(["round", "stratum"])
    hidden = public["mean"].isna()
    assert set(public.index[hidden]) == {(name, stratum) for name in ("2023-07", "2023-12") for stratum in ("用水户协会", "人大代表政协委员")}
    assert public.loc[hidden, ["se", "low", "high"]].isna().all(axis=None)
    pd.testing.assert_frame_equal(public[~hidden], rows[~hidden])
    parts = result.public().beside["survey_parts"]
    assert parts["n"].min() >= 5
    assert parts["mean"].notna().all()


@pytest.mark.parametrize(("n", "hidden"), [([4, 9, 30], [0, 1]), ([1, 2, 30], [0, 1, 2]), ([3, 4, 30], [0, 1]), ([5, 9, 30], []), ([0, 9, 30], [])])
def test_what_is_withheld_is_at_least_two_means_of_together_five(n: list[int], hidden: list[int]) -> None:
    rows = pd.DataFrame({"round": "2023-07", "kind": "region", "n": n, "mean": 80.0, "se": 1.0, "low": 79.0, "high": 81.0})
    found = survey.withheld(rows, ["round", "kind"])
    assert list(found.index[found["mean"].isna()]) == hidden


def test_a_score_that_would_give_the_mean_of_few_away_is_not_published(bureau: Bureau) -> None:
    """Three, three and two people: where their mean hours are a part of the score, the rest of which is public, only the internal edition is made."""
    result = bureau.assess(components__mean_hours__use="component")
    with pytest.raises(UsageError, match="甲处 / 乙处 / 丙处"):
        result.public()
    with pytest.raises(UsageError):
        bureau.assess().public().under(result.scheme)
    assert len(bureau.assess("2023-06", components__mean_hours__use="component").public().divisions) == 3


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = copied(tmp_path_factory.mktemp("editions") / "一")
    for bureau in ("planning-bureau", "water-bureau"):
        disguised(project.root, bureau)
    return project.root


@pytest.fixture(scope="module")
def private(root: Path) -> dict[str, set[str]]:
    return secrets(assess(load_scheme(root / "params/planning-bureau.yaml"), load_records(root / "data/planning-bureau"), "2023"))


REPORTS = [(period, division) for period in ("2023-06", "2023") for division in (SMALL, "")]


def leaks(folder: Path, private: dict[str, set[str]]) -> dict[str, list[str]]:
    """File → what of the people is in it."""
    found = {}
    for name, text in told(folder).items():
        here = [text[max(0, place.start() - 40) : place.end() + 10] for place in re.finditer(f"{NAME}|{ID}", text)][:3]
        there = numbers(name, text)
        here += [f"{kind} {value}" for kind, values in private.items() for value in sorted(values & there)[:3]]
        if here:
            found[name] = here
    return found


def test_nothing_of_a_person_is_in_the_public_edition(root: Path, private: dict[str, set[str]]) -> None:
    """A month, the year and a comparison: pages, forms, notebooks, tables, manifest, log, and the names of files."""
    folders = [published(root, "planning-bureau", "2023-06", REPORTS[:2], "public"), published(root, "planning-bureau", "2023", REPORTS, "public"),
               published(root, "planning-bureau", "2023", [], "public", overlay="softer-tiers")]  # fmt: skip
    assert {folder: leaks(folder, private) for folder in folders if leaks(folder, private)} == {}
    results = folders[1] / "results"
    assert {path.suffix for path in folders[1].rglob("*") if path.is_file()} == {".html", ".ipynb", ".csv", ".parquet", ".json", ".xlsx"}
    for name in PRIVATE:
        for part in (results, results / "2023-06"):
            assert not (part / f"{name}.parquet").exists() or pd.read_parquet(part / f"{name}.parquet").empty


def test_nothing_of_a_person_is_in_a_public_comparison_with_an_earlier_version(root: Path, private: dict[str, set[str]], tmp_path: Path) -> None:
    """A public cell corrected, private ones too, and a person's appeal upheld: the page names the first, of the others an id or nothing."""
    project = copied(tmp_path / "earlier")
    shutil.rmtree(project.root / "data")
    shutil.copytree(root / "data", project.root / "data")
    for edition in ("public", "internal"):
        published(project.root, "planning-bureau", "2023-06", [("2023-06", "规划管理处")], edition)
    shutil.move(project.root / "outputs", project.root / "kept")
    data = project.root / "data/planning-bureau"
    person = next(row for row in (data / "staff.csv").read_text(encoding="utf-8-sig").splitlines()[1:]).split(",")
    worker = next(row for row in (data / "hours.csv").read_text(encoding="utf-8-sig").splitlines()[1:] if row.startswith("2023-06")).split(",")
    rest = f"{person[1]},2023-08-10,{ID}内情"
    with (data / "corrections.csv").open("a", encoding="utf-8") as stream:
        stream.write(f"GZ-90,plan_items,2023-06/规划管理处/GH-2306-04,completion,0.8,1,{rest}\n")
        stream.write(f"GZ-91,plan_items,2023-06/用地规划处/YD-2306-06,reason,现场条件不具备,{ID}缘故,{rest}\n".replace("现场", f"{ID}现场"))
        stream.write(f"GZ-92,hours,{'/'.join(worker[:3])},approved,{worker[5]},3,{rest}\n")
    with (data / "appeals.csv").open("a", encoding="utf-8") as stream:
        stream.write(f"{ID}SS-90,{worker[1]},2023-07-20,office,upheld,2023-08-08\n")
    reports = [("2023-06", "规划管理处"), ("2023-06", "")]
    public, internal = (published(project.root, "planning-bureau", "2023-06", reports, edition, since=f"kept/planning-bureau/2023/{edition}/zh")
                        for edition in ("public", "internal"))  # fmt: skip
    assert leaks(public, private) == {}
    assert "更正 GZ-90" in (public / "2023-06/规划管理处.html").read_text(encoding="utf-8")
    assert "所改内容不在公开版范围内" in (public / "2023-06/bureau.html").read_text(encoding="utf-8")
    page = told(internal)["2023-06/bureau.html"]  # so that the search above can fail
    assert f"{ID}缘故" in page
    assert f"{ID}SS-90" in page


def test_the_internal_edition_shows_what_the_public_one_keeps(root: Path, private: dict[str, set[str]]) -> None:
    """So the search above can fail: in pages, notebooks and tables of the internal edition it finds every kind."""
    folder = published(root, "planning-bureau", "2023", REPORTS, "internal")
    found = told(folder)
    for kind in ("html", "ipynb", "csv", "parquet", "xlsx"):
        texts = {name: text for name, text in found.items() if name.endswith(kind)}
        assert any((ID if kind in ("csv", "parquet", "xlsx") else NAME) in text for text in texts.values()), kind
        shown = set().union(*(numbers(name, text) for name, text in texts.items()))
        assert {each for each in ("hours", "amount") if private[each] & shown} == {"hours", "amount"}, kind
        assert private["mean"] & shown or kind in ("csv", "parquet", "xlsx")
    assert private["entry"]
    assert any(ID in name for name in found)


def test_the_water_bureaus_people_are_nowhere_in_public(root: Path) -> None:
    reports = [("2023", "办公室"), ("2023", ""), ("2023-Q2", "")]
    assert leaks(published(root, "water-bureau", "2023", reports, "public"), {}) == {}
    assert leaks(published(root, "water-bureau", "2023", reports[:1], "internal"), {}) != {}
