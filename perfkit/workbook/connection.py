"""A kernel's connection to the browser that sends every message at once."""

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class Prompt(ZMQChannelsWebsocketConnection):
    """Without Nagle's algorithm, which holds back a short message until the browser has acknowledged the one before:
    with 40 ms of delayed acknowledgement, all that a slider brings would come that much later."""

    async def connect(self) -> None:
        self.websocket_handler.set_nodelay(True)
        await super().connect()
