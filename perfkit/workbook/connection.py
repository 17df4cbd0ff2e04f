"""A kernel's connection to the browser that sends every message at once."""

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class Prompt(ZMQChannelsWebsocketConnection):  # type: ignore[misc]
    """Without Nagle's algorithm, which holds back a short message until the browser has acknowledged the one before.

    Browsers acknowledge up to 40 ms late, and what a slider brings is several short messages.
    """

    async def connect(self) -> None:
        self.websocket_handler.set_nodelay(True)
        await super().connect()
