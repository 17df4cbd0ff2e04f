"""Whether a notebook leaves nothing behind in its process, so that another may be run there after it."""

import ast
from pathlib import Path

REPORT = "perfkit.report"  # its functions take a view and give something to show; they change neither


def plain(path: Path) -> bool:
    """Whether all a notebook does is to import from ``perfkit.report``, set names, and call what it has imported.
    A notebook that is not there, or of which anything is not understood, is not plain.
    """
    import nbformat

    try:
        cells = nbformat.read(path, as_version=4).cells
        lines = [line for cell in cells if cell.cell_type == "code" for line in ast.parse(cell.source).body]
    except (OSError, ValueError, SyntaxError):  # what is no notebook, and what is no Python
        return False
    imported = {name.asname or name.name for line in lines if isinstance(line, ast.ImportFrom) for name in line.names}
    set_by_it = {target.id for line in lines if isinstance(line, ast.Assign) for target in line.targets if isinstance(target, ast.Name)}
    return not imported & set_by_it and all(_plain(line, imported) for line in lines)


def _plain(line: ast.stmt, imported: set[str]) -> bool:
    match line:
        case ast.ImportFrom(module=module, level=0):
            return module == REPORT
        case ast.Assign(targets=[ast.Name()], value=value):
            return _harmless(value, imported)
        case ast.Expr(value=value):
            return _harmless(value, imported)
    return False


def _harmless(value: ast.expr, imported: set[str]) -> bool:
    match value:
        case ast.Constant() | ast.Name():
            return True
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(value=ast.Name(id=name)), args=args, keywords=[]):
            return name in imported and all(_harmless(each, imported) for each in args)
    return False
