"""A bureau of one's own: components mixed by a scheme file alone, and `perfkit new`; every score is worked out by hand beside its test."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from perfkit import assess, load_records, load_scheme
from perfkit.assessment import Assessment
from perfkit.problems import RecordsError, SchemeError
from perfkit.project import write_whole
from perfkit.workbook import start as beginning
from tests.conftest import PROJECT, Row, write_csv
from tests.workbook.conftest import Project, copied

OURS = "照本局办法"
PLAN = {"weight": 0.4, "full_marks": 100, "unexcused_loss": 0.5, "loss_base": "item", "excused_by": "director", "floor": 0, "aggregate": "mean"}
INDICATORS = {"weight": 0.6, "parts": {"core": 1.0}, "shares": {}, "siblings": "equal", "cap": 100, "missing": "none", "verified": "verified",
              "counts": {"core": {"first_level": 2, "goals": 2}}}  # fmt: skip
INSPECTION = {"aspects": ["rules", "conduct", "efficiency", "duties"], "use": "deduction"}
TIERS = {"method": "forced", "bands": {"A": 88}, "shares": {"A": 0.5, "B": 0.5}, "rounding": "largest_remainder",
         "place_tie_order": ["A", "B"], "groups": "together", "tie_break": ["deductions"], "at_border": "chain",
         "coefficients": {"A": 1.2, "B": 1.0}, "advanced": "A"}  # fmt: skip
VETO = {"removes": ["advanced"], "effect": "lose_title", "heavy_loss": None}
# Two divisions; D1 misses one of two items in January; D1 reaches 9 of 10, D2 8 of 10; one visit found something at D1.
RECORDS: dict[str, list[Row]] = {
    "divisions": [{"division": "D1", "name": "工程科", "group": "business"}, {"division": "D2", "name": "管理科", "group": "business"}],
    "staff": [{"staff": name, "name": f"{name}某"} for name in ("X", "H1", "H2")],
    "postings": [
        {"staff": "X", "role": "director", "start": "2022-01-01"},
        {"staff": "H1", "division": "D1", "role": "head", "start": "2022-01-01"},
        {"staff": "H2", "division": "D2", "role": "head", "start": "2022-01-01"},
    ],
    "plan_items": [
        {"month": month, "division": division, "item": f"{division}-{month}-{number}", "completion": int((division, month, number) != ("D1", "2023-01", 1))}
        for division in ("D1", "D2") for month in ("2023-01", "2023-02") for number in (1, 2)
    ],
    "indicators": [
        {"indicator": "R", "part": "core", "title": "核心工作"},
        {"indicator": "K1", "part": "core", "parent": "R", "title": "工程"},
        {"indicator": "K2", "part": "core", "parent": "R", "title": "管理"},
        *({"indicator": f"G{number}", "part": "core", "parent": f"K{number}", "title": "目标", "target": 10, "direction": "up", "division": f"D{number}",
           "person": f"H{number}", "measures": "按月调度", "due": "2023-12-31", "effect": "完成"} for number in (1, 2)),
    ],
    "indicator_results": [{"period": "2023-Q4", "indicator": "G1", "result": 9}, {"period": "2023-Q4", "indicator": "G2", "result": 8}],
    "inspections": [
        {"inspection": "V1", "date": "2023-05-08", "mode": "covert", "aspect": "conduct", "division": "D1", "finding": "脱岗", "points": 2,
         "circulated_on": "2023-05-11"},
    ],
}  # fmt: skip
MIX = {"monthly_plan": PLAN, "indicators": INDICATORS, "inspection": INSPECTION}


def chosen(values: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters, each with its assumption."""
    return {name: {"value": value, "assumption": OURS} for name, value in values.items()}


def write(root: Path, components: Mapping[str, Mapping[str, Any]], **sections: Mapping[str, Any]) -> Path:
    """A scheme of those components, and the tables they need."""
    given = {
        "scheme": "fourth-bureau", "year": 2023, "title": {"zh": "第四局", "en": "The fourth bureau"}, "records": str(root / "records"), "clauses": {},
        "bureau": chosen({"performance_office": "管理科", "reports": ["month", "quarter", "year"]}),
        "components": {**chosen({"parts": list(components)}), **{name: chosen(each) for name, each in components.items()}},
        **{name: chosen(each) for name, each in sections.items()},
        "rounding": chosen({"score_decimals": 2, "money_decimals": 2}),
    }  # fmt: skip
    (root / "records").mkdir()
    for table, rows in RECORDS.items():
        write_csv(root / "records", table, rows)
    file = root / "fourth-bureau.yaml"
    file.write_text(yaml.safe_dump(given, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file


def assessed(root: Path, components: Mapping[str, Mapping[str, Any]], period: str = "2023", **sections: Mapping[str, Any]) -> Assessment:
    return assess(load_scheme(write(root, components, **sections)), load_records(root / "records"), period)


class TestAMixOfItsOwn:
    def test_a_year(self, tmp_path: Path) -> None:
        """D1: months 75 and 100, mean 87.5; 0.4 × 87.5 + 0.6 × 90 − 2 = 87. D2: 0.4 × 100 + 0.6 × 80 = 88."""
        found = assessed(tmp_path, MIX).divisions
        assert found[["division", "monthly_plan", "indicators", "inspection", "score", "rank"]].to_numpy().tolist() == [
            ["D1", 87.5, 90, -2, 87, 2], ["D2", 100, 80, 0, 88, 1],
        ]  # fmt: skip

    def test_the_bureau_is_what_speaks_of_it_as_a_whole(self, tmp_path: Path) -> None:
        """Indicators alone do: (90 + 80) ÷ 2."""
        assert assessed(tmp_path, MIX).bureau.to_dict("records") == [{"period": "2023", "indicators": 85, "score": 85}]

    def test_a_month_is_the_monthly_plan_s(self, tmp_path: Path) -> None:
        found = assessed(tmp_path, MIX, "2023-01").divisions
        assert dict(zip(found["division"], found["score"], strict=True)) == {"D1": 75, "D2": 100}

    def test_a_quarter_before_any_result_has_no_score(self, tmp_path: Path) -> None:
        found = assessed(tmp_path, MIX, "2023-Q1")
        assert found.divisions["score"].isna().all()
        assert set(found.open["question"]) >= {"indicator_no_completion"}
        assert not found.open.duplicated().any()

    def test_a_division_without_any_goal_is_told(self, tmp_path: Path) -> None:
        file = write(tmp_path, MIX)
        write_csv(tmp_path / "records", "divisions", [*RECORDS["divisions"], {"division": "D3", "name": "后勤科", "group": "general"}])
        found = assess(load_scheme(file), load_records(tmp_path / "records"), "2023")
        assert found.divisions["score"].to_list()[:2] == [87, 88]
        assert found.divisions["score"].isna().to_list() == [False, False, True]
        assert ["D3", "component_missing", "indicators"] in found.open.to_numpy().tolist()

    def test_every_score_is_the_sum_of_its_lines(self, tmp_path: Path) -> None:
        found = assessed(tmp_path, MIX)
        for division, score in (("D1", 87), ("D2", 88)):
            assert found.explain(division, measure="score")["value"].sum() == pytest.approx(score)
        assert found.checks["holds"].all()

    def test_nobody_is_assessed_or_paid(self, tmp_path: Path) -> None:
        found = assessed(tmp_path, MIX)
        assert (len(found.staff), len(found.payouts), len(found.leaders)) == (0, 0, 0)


class TestTiersWithoutPeople:
    def test_a_year(self, tmp_path: Path) -> None:
        """Two divisions, half each: D2 with 88 is A, D1 with 87 is B and one point short of A."""
        found = assessed(tmp_path, MIX, tiers=TIERS, veto=VETO).divisions
        assert found[["division", "score", "rank", "tier", "coefficient", "advanced", "headroom"]].to_numpy().tolist() == [
            ["D1", 87, 2, "B", 1.0, False, 1], ["D2", 88, 1, "A", 1.2, True, pytest.approx(float("nan"), nan_ok=True)],
        ]  # fmt: skip
        assert found["excellent_places"].isna().all()

    def test_one_component_alone(self, tmp_path: Path) -> None:
        found = assessed(tmp_path, {"indicators": {**INDICATORS, "weight": 1.0}}, tiers=TIERS, veto=VETO).divisions
        assert found[["score", "tier"]].to_numpy().tolist() == [[90, "A"], [80, "B"]]


REPORTS = [("monthly", "2023-01", "D1"), ("bureau_month", "2023-01", ""), ("quarterly", "2023-Q2", "D1"), ("bureau_quarter", "2023-Q4", ""),
           ("annual", "2023", "D1"), ("bureau_year", "2023", "")]  # fmt: skip


@pytest.mark.parametrize("edition", ["internal", "public"])
@pytest.mark.parametrize("sections", [{}, {"tiers": TIERS, "veto": VETO}], ids=["no tiers", "tiers"])
def test_every_report_can_be_made(tmp_path: Path, sections: dict[str, Any], edition: str) -> None:
    """The code of each notebook; cells that the published page leaves out are run too."""
    file = write(tmp_path, MIX, **sections)
    for notebook, period, division in REPORTS:
        names: dict[str, Any] = {"scheme": str(file), "period": period, "division": division, "edition": edition, "overlay": "", "overrides": "", "lang": "zh",
                                 "since": ""}  # fmt: skip
        for cell in json.loads((PROJECT / f"notebooks/{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code" and "parameters" not in cell["metadata"].get("tags", []):
                exec("".join(cell["source"]), names)  # noqa: S102
        assert names["view"].page.period == period


def test_the_mix_on_the_page_about_it(tmp_path: Path) -> None:
    """The excerpt of docs/own-bureau.md in place of the components: the same two scores."""
    (excerpt,) = re.findall(r"```yaml\n(components:\n.*?)```", (PROJECT / "docs/own-bureau.md").read_text(encoding="utf-8"), re.DOTALL)
    file = write(tmp_path, MIX)
    given = {**yaml.safe_load(file.read_text(encoding="utf-8")), **yaml.safe_load(excerpt)}
    file.write_text(yaml.safe_dump(given, allow_unicode=True, sort_keys=False), encoding="utf-8")
    found = assess(load_scheme(file), load_records(tmp_path / "records"), "2023").divisions
    assert dict(zip(found["division"], found["score"], strict=True)) == {"D1": 87, "D2": 88}


class TestWhatIsRefused:
    def test_weights_that_do_not_sum_to_one(self, tmp_path: Path) -> None:
        with pytest.raises(SchemeError) as refused:
            assessed(tmp_path, {**MIX, "indicators": {**INDICATORS, "weight": 0.5}})
        assert [each.key for each in refused.value.problems] == ["weights_not_one"]

    def test_a_component_that_is_listed_and_not_described(self, tmp_path: Path) -> None:
        file = write(tmp_path, MIX)
        file.write_text(file.read_text(encoding="utf-8").replace("- inspection\n", "- inspection\n    - survey\n"), encoding="utf-8")
        with pytest.raises(SchemeError) as refused:
            load_scheme(file)
        assert [each.key for each in refused.value.problems] == ["keys_differ"]

    def test_a_table_that_a_component_needs(self, tmp_path: Path) -> None:
        scheme = load_scheme(write(tmp_path, MIX))
        (tmp_path / "records/inspections.csv").unlink()
        with pytest.raises(RecordsError) as refused:
            assess(scheme, load_records(tmp_path / "records"), "2023")
        assert [(each.key, each.file) for each in refused.value.problems] == [("table_missing", "inspections.csv")]


class TestNew:
    @pytest.fixture
    def project(self, tmp_path: Path) -> Project:
        return copied(tmp_path / "project")

    def test_it_writes_a_scheme_and_empty_tables(self, project: Project) -> None:
        done = project.perfkit("new", "fourth-bureau", "--like", "planning-bureau")
        assert done.returncode == 0, done.stderr
        scheme, like = (project.root / "params" / f"{name}.yaml" for name in ("fourth-bureau", "planning-bureau"))
        assert load_scheme(scheme).name == "fourth-bureau"
        assert load_scheme(scheme).spec.records == "data/fourth-bureau"
        changed = [line for line, other in zip(scheme.read_text("utf-8").splitlines(), like.read_text("utf-8").splitlines(), strict=True) if line != other]
        assert changed == ["scheme: fourth-bureau", "records: data/fourth-bureau"]
        theirs, ours = ({file.name for file in (project.root / "data" / name).glob("*.csv")} for name in ("planning-bureau", "fourth-bureau"))
        assert ours == theirs
        assert (project.root / "data/fourth-bureau/divisions.csv").read_bytes() == "处室,名称,类别\n".encode("utf-8-sig")
        assert "params/fourth-bureau.yaml" in done.stdout

        again = project.perfkit("new", "fourth-bureau", "--like", "planning-bureau")
        assert again.returncode == 2
        assert "params/fourth-bureau.yaml" in again.stderr

        checked = project.perfkit("check", "fourth-bureau")
        assert checked.returncode == 1
        assert "divisions.csv" in checked.stdout

    def test_half_a_bureau_does_not_stay(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where the scheme cannot be written the tables go again, and the same call works once it can."""

        def refusing(path: Path, content: bytes) -> None:
            if path.suffix == ".yaml":
                raise PermissionError(path)
            write_whole(path, content)

        like = project.root / "params/township.yaml"
        monkeypatch.setattr(beginning, "write_whole", refusing)
        with pytest.raises(PermissionError):
            beginning.start("ours", like, project.root, "zh")
        assert not (project.root / "data/ours").exists()
        monkeypatch.undo()
        assert beginning.start("ours", like, project.root, "zh")[0] == project.root / "params/ours.yaml"

    def test_a_name_that_is_no_file_name(self, project: Project) -> None:
        done = project.perfkit("new", "../elsewhere", "--like", "planning-bureau")
        assert done.returncode == 2
        assert "elsewhere" in done.stderr
