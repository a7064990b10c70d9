"""A TCP proxy between a console and its server that can stall, swallow, delay, cut, refuse and drop packets."""

import asyncio
import ctypes
import os
import socket
import struct
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Connection

#: From Linux' headers; a socket whose filter takes nothing acknowledges nothing. No privilege is needed.
_ATTACH_FILTER, _DETACH_FILTER = 26, 27


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_ushort),
        ("jt", ctypes.c_ubyte),
        ("jf", ctypes.c_ubyte),
        ("k", ctypes.c_uint),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("first", ctypes.POINTER(_Instruction)))


_RETURN_NOTHING = _Instruction(6, 0, 0, 0)
_DROP_ALL = _Program(1, ctypes.pointer(_RETURN_NOTHING))


class Proxy:
    """Listens on ``port`` of this computer. Attributes set from any thread take effect at once.

    ``stalled``: acknowledges and forwards nothing, either way; what was sent meanwhile comes through afterwards.
    ``swallowed``: the same for connections alone, by the port that the console's end has.
    ``mute``: the server's answers are swallowed. ``delay``: seconds added to each answer.
    ``pace``: seconds before each 64 KiB of an answer.
    ``denies_tls``: says itself that there is no TLS, and keeps what it then learns in ``learned``.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self.stalled = self.mute = False
        self.swallowed: set[int] = set()
        self.delay = self.pace = 0.0
        self.denies_tls = False
        self.learned = b""
        self.accepted = 0
        self._pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ends: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port = 0
        self.open()

    def open(self) -> None:
        """Accepts connections (again)."""
        self._server = self._call(asyncio.start_server(self._on_client, "127.0.0.1", self.port))
        self.port = self._server.sockets[0].getsockname()[1]

    def refuse(self) -> None:
        """Accepts no connection until ``open``; those that stand, stand."""
        self._loop.call_soon_threadsafe(self._server.close)

    def drop(self) -> None:
        """Packets are really lost from now on, those of new connections too: nothing is acknowledged."""
        self.stalled = True
        time.sleep(0.1)  # what was sent before is acknowledged
        self._call(self._filter(socket_option=_ATTACH_FILTER))

    def deliver(self) -> None:
        """Packets arrive again."""
        self._call(self._filter(socket_option=_DETACH_FILTER))
        self.stalled = False

    def swallow(self, connection: Connection) -> None:
        """A box takes what this one connection says from now on, and passes nothing on."""
        with socket.socket(fileno=os.dup(connection.connection.driver_connection.fileno())) as twin:
            self.swallowed.add(twin.getsockname()[1])

    def reset(self) -> None:
        """Cuts every connection that stands, with a RST on both sides."""
        self._call(self._reset())

    def open_connections(self) -> int:
        """How many connections stand."""
        return len(self._pairs)

    def close(self) -> None:
        """Ends everything."""
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _on_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self._ends.add(writer)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            there_reader, there = await asyncio.open_connection(*self._target)
        except OSError:
            writer.close()
            return
        self._ends.add(there)
        pair = (writer, there)
        self._pairs.add(pair)
        port = writer.get_extra_info("peername")[1]
        try:
            if not self.denies_tls or await self._denied(reader, writer, there):
                ways = (
                    self._forward(reader, there, port, answers=False),
                    self._forward(there_reader, writer, port, answers=True),
                )
                await asyncio.gather(*(asyncio.ensure_future(way) for way in ways))
        except asyncio.CancelledError:
            pass
        finally:
            self._pairs.discard(pair)
            self.swallowed.discard(port)
            for end in pair:
                end.close()
            self._tasks.discard(task)

    async def _denied(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, there: asyncio.StreamWriter
    ) -> bool:
        """Answers the request for TLS with a no; whether the client goes on without."""
        request = await reader.read(8)
        if request:
            writer.write(b"N")
        first = await reader.read(4096)
        self.learned += first
        there.write(first)
        return bool(first)

    async def _forward(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, port: int, *, answers: bool
    ) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                while self.stalled or port in self.swallowed:  # noqa: ASYNC110  (set from other threads)
                    await asyncio.sleep(0.01)
                if answers and self.mute:
                    continue
                if self.pace and answers:
                    await asyncio.sleep(self.pace)
                if self.delay and answers:
                    asyncio.get_running_loop().call_later(self.delay, _written, target, data)
                    continue
                target.write(data)
                await target.drain()
        with suppress(OSError, RuntimeError):
            target.close()

    async def _filter(self, socket_option: int) -> None:
        ends = [near.get_extra_info("socket") for near, _there in self._pairs]
        for end in (*self._server.sockets, *ends):
            if end is not None and end.fileno() >= 0:
                end.setsockopt(socket.SOL_SOCKET, socket_option, bytes(_DROP_ALL))

    async def _reset(self) -> None:
        for pair in tuple(self._pairs):
            for end in pair:
                plain = end.get_extra_info("socket")
                if plain is not None and plain.fileno() >= 0:
                    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.transport.abort()

    async def _end(self) -> None:
        self._server.close()
        self.stalled = False
        self.swallowed.clear()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for _ in range(2):  # what was being accepted just now stands by the second time
            for end in tuple(self._ends):
                end.transport.abort()
            await asyncio.sleep(0.02)


def _written(target: asyncio.StreamWriter, data: bytes) -> None:
    if not target.is_closing():
        target.write(data)


@contextmanager
def proxied(url: str) -> Iterator[tuple[Proxy, str]]:
    """A proxy before the server of ``url``, and the same URL through it."""
    parts = conninfo_to_dict(url.replace("postgresql+psycopg://", "postgresql://"))
    host, port = str(parts["host"]), int(str(parts["port"]))
    proxy = Proxy(host, port)
    try:
        yield proxy, url.replace(f":{urlsplit(url).port}/", f":{proxy.port}/").replace(host, "127.0.0.1")
    finally:
        proxy.close()
