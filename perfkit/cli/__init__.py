"""The command line: words and flags. Slow imports wait until a command needs them."""

from perfkit.cli import looking, opening, running
from perfkit.cli.frame import main

__all__ = ["looking", "main", "opening", "running"]
