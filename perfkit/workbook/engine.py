"""The papermill engine ``perfkit``: a notebook runs in a child forked from this process, which has its imports already.

``papermill --engine perfkit in.ipynb out.ipynb`` runs any Python notebook so. Papermill loads this module when it is imported: it must
stay light and be imported through papermill only.
"""

import pickle
from typing import Any

from papermill.engines import Engine, NBClientEngine


class ForkEngine(Engine):  # type: ignore[misc]
    """Cells run in a fork of this process; where there is no fork, or for another language, in a kernel of their own."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, at: Any = None, **options: Any) -> None:
        """Execute the notebook of papermill's manager. With ``at``, which is told each cell's place, this process is already the notebook's own."""
        from perfkit.workbook import forks
        from perfkit.workbook.cells import run_cells

        if at:
            run_cells(nb_man, at)
        elif not forks.POSSIBLE or nb_man.nb.metadata.get("kernelspec", {}).get("language", "python") != "python":
            NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **options)
        else:
            _taken_over(nb_man, forks.one(lambda told: _ran(nb_man, told), options.get("execution_timeout")))


def _ran(manager: Any, at: Any) -> bytes:
    from perfkit.workbook.cells import run_cells

    manager.output_path = manager.pbar = None  # the parent's to write
    run_cells(manager, at)
    return pickle.dumps(manager.nb)


def _taken_over(manager: Any, ended: Any) -> None:
    """The child's notebook in papermill's manager; a child that died is an error of the cell it was in."""
    from nbformat.v4 import new_output

    if ended.content is not None:
        manager.nb = pickle.loads(ended.content)  # noqa: S301  written by a fork of this very process
        return
    cell = manager.nb.cells[ended.at]
    cell.outputs = [new_output("error", ename="DeadKernelError", evalue=ended.died, traceback=[ended.died])]
    manager.cell_exception(cell, ended.at)
