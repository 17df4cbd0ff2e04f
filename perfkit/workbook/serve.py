"""The what-if workbook for people: in JupyterLab, or as a page under Voilà. Neither needs the internet nor the user's own settings."""

import json
import os
import secrets
import socket
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from perfkit.language import Lang, say
from perfkit.problems import UsageError
from perfkit.project import write_whole
from perfkit.scheme import load_scheme

NOTEBOOK = Path("notebooks/what_if.ipynb")
TEMPLATES = Path(__file__).with_name("jupyter")
HIDDEN = {"zh": "en", "en": "zh"}
LOCALES = {"zh": "zh_CN", "en": "default"}
FIRST_PORT, PORTS = 8888, 100
# What shows a busy kernel lays the page out again, or fetches an icon, at every move of a slider.
BLINKING = ["executionProgress"]
FLICKERING = ["@jupyterlab/application-extension:faviconbusy"]
CONNECTION = "perfkit.workbook.connection.Prompt"
IDLE = 7200  # seconds after which a kernel nobody is connected to ends


@dataclass(frozen=True)
class Address:
    """Where a server listens, and the word that opens it."""

    ip: str
    port: int
    token: str

    def url(self, path: str = "") -> str:
        """What to type into a browser."""
        host = socket.gethostname() if self.ip in ("0.0.0.0", "::") else f"[{self.ip}]" if ":" in self.ip else self.ip  # noqa: S104
        return f"http://{host}:{self.port}/{path}?token={self.token}"


def address(ip: str, port: int | None) -> Address:
    """An address with a fresh token; without a port the first that is free."""
    return Address(ip, port or _free(ip), secrets.token_hex(24))


def desk(root: Path, scheme: Path, period: str | None, lang: Lang, lab: bool) -> Path:
    """A copy of the workbook for one bureau, period and language, in ``outputs/<bureau>/what-if/``; the one in notebooks/ stays as it is.

    Cells tagged ``lab`` say how to run it, which a page needs not.
    """
    plan = load_scheme(scheme)
    if not plan.spec.has("tiers"):
        raise UsageError("no_tiers", scheme=plan.name)
    where = scheme.resolve()
    shown = where.relative_to(root).as_posix() if where.is_relative_to(root) else str(where)
    notebook = load_notebook_node(str(root / NOTEBOOK))
    hidden = {HIDDEN[lang], *([] if lab else ["lab"])}
    notebook.cells = [cell for cell in notebook.cells if not hidden & set(cell.metadata["tags"])]
    values = {"scheme": shown, "period": period or str(plan.year), "division": "", "overlay": "", "overrides": "", "edition": "internal", "lang": lang}
    notebook = parameterize_notebook(notebook, values)
    notebook.cells = [cell for cell in notebook.cells if "parameters" not in cell.metadata["tags"]]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.metadata["jupyter"] = {"source_hidden": True}
    notebook.metadata["title"] = say("panel.title", lang, title=plan.title(lang))
    notebook.metadata.pop("papermill", None)
    path = root / "outputs" / plan.name / "what-if" / NOTEBOOK.name
    write_whole(path, nbformat.writes(notebook).encode())
    return path


def lab(root: Path, notebook: Path, lang: Lang, at: Address, browser: bool, ready: Callable[[str], None]) -> None:
    """Run JupyterLab on the notebook until it is stopped; ``ready`` gets the address first."""
    from jupyterlab.labapp import LabApp

    inside = f"doc/tree/{notebook.relative_to(root).as_posix()}"
    with TemporaryDirectory(prefix="perfkit-lab-") as settings:
        for folder in ("app", "user", "workspaces"):
            (Path(settings) / folder).mkdir()
        _settings(Path(settings) / "app", lang)
        ready(at.url(inside))
        LabApp.launch_instance([
            f"--ServerApp.root_dir={root}", f"--ServerApp.ip={at.ip}", f"--ServerApp.port={at.port}", "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={at.token}", f"--ServerApp.open_browser={browser}",
            f"--ServerApp.kernel_websocket_connection_class={CONNECTION}", f"--LabApp.default_url=/{inside}",
            f"--LabApp.app_settings_dir={settings}/app", f"--LabApp.user_settings_dir={settings}/user", f"--LabApp.workspaces_dir={settings}/workspaces",
            "--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.extension_manager=readonly",
            "--ServerApp.answer_yes=True", "--ServerApp.allow_root=True", "--LabApp.expose_app_in_browser=True",
            "--ServerApp.log_level=WARN", "--LabApp.log_level=WARN",
        ])  # fmt: skip


def app(notebook: Path, lang: Lang, at: Address, browser: bool, ready: Callable[[str], None]) -> None:
    """Run Voilà on the notebook until it is stopped; ``ready`` gets the address first. Without the token nothing is shown."""
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(TEMPLATES), os.environ.get("JUPYTER_PATH", "")]))
    from perfkit.workbook.voila_app import App

    App.announce = staticmethod(lambda: _announced(at.url(), browser, ready))
    App.launch_instance([
        str(notebook), f"--Voila.ip={at.ip}", f"--Voila.port={at.port}", "--Voila.port_retries=0", f"--Voila.token={at.token}",
        f"--Voila.kernel_websocket_connection_class={CONNECTION}",
        "--Voila.open_browser=False", "--VoilaConfiguration.template=perfkit", "--VoilaConfiguration.allow_template_override=NO",
        "--VoilaConfiguration.allow_theme_override=NO", "--VoilaConfiguration.theme=light", "--VoilaConfiguration.preheat_kernel=True",
        f"--VoilaExporter.language_code={lang}", "--VoilaConfiguration.file_allowlist=nothing^", "--Voila.log_level=WARN",
        f"--MappingKernelManager.cull_idle_timeout={IDLE}", "--MappingKernelManager.cull_interval=300",
    ])  # fmt: skip


def _announced(url: str, browser: bool, ready: Callable[[str], None]) -> None:
    ready(url)
    if browser:
        webbrowser.open(url)


def _settings(folder: Path, lang: Lang) -> None:
    """JupyterLab as this work wants it: the reader's language, no news, no questions about updates."""
    overrides = {
        "@jupyterlab/translation-extension:plugin": {"locale": LOCALES[lang]},
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
        "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
        "@jupyterlab/notebook-extension:panel": {"toolbar": [{"name": name, "disabled": True} for name in BLINKING]},
    }
    (folder / "overrides.json").write_text(json.dumps(overrides), encoding="utf-8")
    (folder / "page_config.json").write_text(json.dumps({"disabledExtensions": dict.fromkeys(FLICKERING, True)}), encoding="utf-8")


def _free(ip: str) -> int:
    """The first free port from the usual one on."""
    for port in range(FIRST_PORT, FIRST_PORT + PORTS):
        with socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET) as one:
            try:
                one.bind((ip, port))
            except OSError:
                continue
            return port
    return 0
