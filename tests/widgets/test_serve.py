"""The copy of the workbook that is opened, and the address it is opened at."""

import shutil
from pathlib import Path

import nbformat
import pytest
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

from perfkit.workbook.connection import Prompt
from perfkit.workbook.serve import NOTEBOOK, Address, address, desk
from tests.conftest import PROJECT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT / "params", tmp_path / "params")
    shutil.copytree(PROJECT / "notebooks", tmp_path / "notebooks")
    return tmp_path


def test_the_copy_has_the_readers_language_and_the_bureaus_parameters(project: Path) -> None:
    before = (project / NOTEBOOK).read_bytes()
    path = desk(project, project / "params/planning-bureau.yaml", None, "en", lab=False)
    assert path == project / "outputs/planning-bureau/what-if/what_if.ipynb"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    words = " ".join(cell.source for cell in notebook.cells)
    assert 'scheme = "params/planning-bureau.yaml"' in words
    assert 'period = "2023"' in words
    assert 'lang = "en"' in words
    assert "试算" not in words
    assert "Run All Cells" not in words
    again = nbformat.read(desk(project, project / "params/planning-bureau.yaml", "2023-06", "en", lab=True), as_version=4)
    assert "Run All Cells" in " ".join(cell.source for cell in again.cells)
    assert (project / NOTEBOOK).read_bytes() == before


def test_an_address_has_a_token_nobody_can_guess() -> None:
    one, other = address("127.0.0.1", 8899), address("127.0.0.1", None)
    assert one.url("lab") == f"http://127.0.0.1:8899/lab?token={one.token}"
    assert len(one.token) >= 32
    assert one.token != other.token
    assert other.port
    assert Address("::1", 1, "t").url() == "http://[::1]:1/?token=t"


def test_the_server_holds_no_message_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async def connected(_: object) -> None:
        told.append("connected")

    told: list[object] = []
    monkeypatch.setattr(ZMQChannelsWebsocketConnection, "connect", connected)
    one = Prompt.__new__(Prompt)
    monkeypatch.setattr(KernelWebsocketHandler, "set_nodelay", lambda _, value: told.append(value))
    one.websocket_handler = KernelWebsocketHandler.__new__(KernelWebsocketHandler)
    with pytest.raises(StopIteration):  # run by hand: a browser of another test may hold this thread's event loop
        one.connect().send(None)
    assert told == [True, "connected"]
