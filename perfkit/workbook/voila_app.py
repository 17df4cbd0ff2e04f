"""Voilà that says when its first page is ready to be shown, not only when it listens."""

from collections.abc import Callable
from typing import ClassVar

from tornado.ioloop import IOLoop
from voila.app import Voila


class App(Voila):  # type: ignore[misc]
    """``announce`` is called once the kernel that waits for the first visitor has run the workbook."""

    announce: ClassVar[Callable[[], None]] = staticmethod(lambda: None)

    def listen(self) -> None:
        IOLoop.current().add_callback(self._warm)
        super().listen()

    async def _warm(self) -> None:
        pools = getattr(self.kernel_manager, "_pools", {})  # Voilà has no public way to ask
        for waiting in [each for pool in pools.values() for each in pool]:
            await (await waiting)["task"]
        type(self).announce()
