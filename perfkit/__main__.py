"""``python -m perfkit``: the command line where no ``perfkit`` is on the path."""

from perfkit.cli import main

main(prog_name="perfkit")
