"""A TCP proxy on a free port of loopback that misbehaves on demand: in front of a provider, a broker or a database. Its switches
may be turned while it runs, from any thread; they hold for open and for new connections alike."""

import asyncio
import socket
import struct
import threading

TO_SERVER, TO_CLIENT = "to_server", "to_client"
CHUNK = 65536
CHUNKS_ON_THE_WAY = 16  # of a connection and direction; more is back-pressure
HEAD = 4096  # bytes by which a connection can be told from others


class Link:
    """One connection that passes through."""

    def __init__(self, client):
        self.writers = [client]
        self.head = b""
        self.since_switch = {TO_SERVER: 0, TO_CLIENT: 0}

    def cut(self):
        """As a reset: what is on its way is lost."""
        for writer in self.writers:
            one = writer.get_extra_info("socket")
            if one is not None and one.fileno() >= 0:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()


class Proxy:
    def __init__(self, target_host, target_port):
        self.target = target_host, int(target_port)
        self.connections = 0  # ever accepted
        self.cuts = 0
        self._links = set()
        self._calm()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port = 0
        self._on_loop(self._start())
        self.address = "127.0.0.1:%d" % self.port

    # Switches.

    def delay(self, seconds):
        """Whatever is sent arrives so much later, in either direction."""
        self._turn(_delay=seconds)

    def cut_after(self, count, direction):
        """Each connection is reset once so many more bytes went that way (TO_SERVER or TO_CLIENT)."""
        self._turn(_cut_after={direction: count})

    def black_hole(self):
        """Connections stay open, and nothing arrives until heal()."""
        self._turn(_holed=True)

    def trickle(self, bytes_per_second):
        """So many at most, for each connection and direction."""
        self._turn(_rate=bytes_per_second)

    def refuse(self):
        """As where no server runs: open connections are reset, new ones refused."""

        async def close():
            self._listener.close()
            await self._listener.wait_closed()
            self._hold_port()
            self._cut_all()

        self._on_loop(close())

    def cut(self):
        """Resets what is open now."""

        async def cut_now():
            self._cut_all()

        self._on_loop(cut_now())

    def only(self, words):
        """Until heal(), faults are for connections whose client said these bytes early on."""
        self._turn(_only=words)

    def heal(self):
        """What was held back arrives now."""

        async def back():
            self._calm()
            self._wake()
            if self._held_port:
                await self._listen(self._held_port)
                self._held_port = None

        self._on_loop(back())

    @property
    def open(self):
        return len(self._links)

    def stop(self):
        async def end():
            self._calm()
            self._listener.close()
            if self._held_port:
                self._held_port.close()
            self._cut_all()
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        self._on_loop(end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # What follows runs on the proxy's own thread.

    def _on_loop(self, what):
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(20)

    def _calm(self):
        self._delay, self._holed, self._rate, self._cut_after, self._only = 0, False, None, {}, None

    def _turn(self, **switches):
        async def turn():
            vars(self).update(switches)
            for link in self._links:
                link.since_switch = {TO_SERVER: 0, TO_CLIENT: 0}
            self._wake()

        self._on_loop(turn())

    def _wake(self):
        self._changed.set()
        self._changed = asyncio.Event()

    async def _start(self):
        self._changed = asyncio.Event()
        self._held_port = None
        self._hold_port()
        self.port = self._held_port.getsockname()[1]
        await self._listen(self._held_port)
        self._held_port = None

    # Bound and not listening: connections are refused, and nobody else is given the port.
    def _hold_port(self):
        self._held_port = socket.socket()
        self._held_port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._held_port.bind(("127.0.0.1", self.port))

    async def _listen(self, bound):
        self._listener = await asyncio.start_server(self._serve, sock=bound, backlog=512, limit=CHUNK)

    def _cut_all(self):
        for link in list(self._links):
            if self._is_meant(link):
                self.cuts += 1
                link.cut()

    def _is_meant(self, link):
        return self._only is None or self._only in link.head

    async def _serve(self, from_client, to_client):
        self.connections += 1
        link = Link(to_client)
        self._links.add(link)
        try:
            while self._holed and self._only is None:
                await self._changed.wait()
            from_server, to_server = await asyncio.open_connection(*self.target, limit=CHUNK)
            link.writers.append(to_server)
            ways = [
                asyncio.create_task(self._pass(link, TO_SERVER, from_client, to_server)),
                asyncio.create_task(self._pass(link, TO_CLIENT, from_server, to_client)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        except OSError:  # the server is away: so is the client then
            link.cut()
        except asyncio.CancelledError:  # by stop(); asyncio 3.11 would report it as a fault
            pass
        finally:
            self._links.discard(link)
            for writer in link.writers:
                writer.close()

    # Takes and gives at once, so that a delay delays and does not throttle.
    async def _pass(self, link, direction, reader, writer):
        way = asyncio.Queue(CHUNKS_ON_THE_WAY)
        taking = asyncio.create_task(self._take(link, direction, reader, way))
        try:
            while True:
                sent_at, chunk = await way.get()
                if not chunk or not await self._give(link, direction, writer, sent_at, chunk):
                    return
        except OSError:
            pass  # this end is gone; the other one follows
        finally:
            taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)

    async def _take(self, link, direction, reader, way):
        chunk = b"-"
        while chunk:
            try:
                chunk = await reader.read(CHUNK)
            except OSError:
                chunk = b""
            if direction == TO_SERVER and len(link.head) < HEAD:
                link.head += chunk
            await way.put((self._loop.time(), chunk))

    async def _give(self, link, direction, writer, sent_at, chunk):
        """False once the link was cut."""
        while chunk:
            if not self._is_meant(link):
                writer.write(chunk)
                await writer.drain()
                return True
            left = sent_at + self._delay - self._loop.time()
            if self._holed or left > 0:
                await self._until_changed(None if self._holed else left)
                continue
            most = len(chunk) if self._rate is None else max(1, int(self._rate / 20))
            budget = self._cut_after.get(direction)
            if budget is not None:
                most = min(most, budget - link.since_switch[direction])
            writer.write(chunk[:most])
            await writer.drain()
            link.since_switch[direction] += len(chunk[:most])
            chunk = chunk[most:]
            if budget is not None and chunk and link.since_switch[direction] >= budget:
                self.cuts += 1
                link.cut()
                return False
            if self._rate is not None:
                await self._until_changed(0.05)
        return True

    async def _until_changed(self, seconds):
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except asyncio.TimeoutError:
            pass
