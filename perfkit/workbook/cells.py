"""Running a notebook's cells in this very process, through ipykernel's own kernel without its sockets.

Only for a process that was forked for this notebook: whatever the cells do to it ends with it. Where a report is made in several languages, each has a
kernel of its own.
"""

import logging
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

LIMIT = 4_000_000  # characters that a notebook may show; a page has 200 KB


def run_cells(manager: Any, at: Callable[[int], object]) -> None:
    """Execute the cells of papermill's ``manager``, with the outputs that a kernel of its own would give; stops at the first error.

    ``at`` is told the place of each cell before it starts.
    """
    from nbformat.v4 import output_from_msg

    client = _kernel()
    shown, displays = 0, dict[str, list[Any]]()
    for place, cell in enumerate(manager.nb.cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        at(place)
        manager.cell_start(cell, place)
        asked = client.execute(cell.source, allow_stdin=False)
        reply = client.get_shell_msg(timeout=None)["content"]
        cell.outputs, cell.execution_count = [], reply.get("execution_count")
        for message in _messages(client, asked):
            kind, content = message["msg_type"], message["content"]
            if kind == "clear_output":
                cell.outputs = []
            elif kind == "update_display_data":
                for output in displays.get(content["transient"]["display_id"], []):
                    output["data"], output["metadata"] = content["data"], content["metadata"]
            elif kind == "stream" and cell.outputs and cell.outputs[-1].get("name") == content["name"]:
                cell.outputs[-1]["text"] += content["text"]  # what goes on in one stream is one output
            elif kind in ("display_data", "execute_result", "stream", "error"):
                cell.outputs.append(output_from_msg(message))
                displays.setdefault(content.get("transient", {}).get("display_id", ""), []).append(cell.outputs[-1])
        failed = reply["status"] == "error" and "raises-exception" not in cell.metadata.get("tags", [])
        shown += sum(len(output.get("text", "")) for output in cell.outputs)
        if shown > LIMIT and not failed:
            cell.outputs = [_error("OutputTooLong", f"{shown:,} characters, at most {LIMIT:,}")]
            failed = True
        if failed:
            manager.cell_exception(cell, place)
        manager.cell_complete(cell, place)
        if failed:
            return


def _kernel() -> Any:
    """A client of a new kernel in this process: no debugger, no history file, nothing of a kernel before it."""
    import ipykernel.debugger
    from ipykernel.inprocess.ipkernel import InProcessInteractiveShell
    from ipykernel.inprocess.manager import InProcessKernelManager
    from IPython.core.history import HistoryManager
    from traitlets.config import Config

    ipykernel.debugger._is_debugpy_available = False  # a batch is not debugged
    HistoryManager.enabled = False
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)
    InProcessInteractiveShell.clear_instance()
    manager: Any = InProcessKernelManager(config=Config({"HistoryManager": {"enabled": False}}))
    manager.start_kernel()
    type(manager.kernel)._supports_kernel_subshells = False
    manager.kernel.shell_channel_thread = SimpleNamespace(parent_thread=None)  # where a cell awaits, the kernel asks for what it has not
    client = manager.client()
    client.start_channels()
    return client


def _messages(client: Any, asked: str) -> Iterator[Any]:
    """What a cell published, until the kernel is idle again."""
    while True:
        message = client.get_iopub_msg(timeout=None)  # what is printed names no cell, but there is only this one
        if message["msg_type"] == "status":
            if message["content"]["execution_state"] == "idle" and message["parent_header"].get("msg_id") == asked:
                return
            continue
        yield message


def _error(name: str, value: str) -> Any:
    from nbformat.v4 import new_output

    return new_output("error", ename=name, evalue=value, traceback=[f"{name}: {value}", ""])
