"""HTTP/2 by hand (RFC 9113), for callers that a library would not let be rude.

Frames are written as the attack wants them; of what comes back only the
frames' heads are read, enough to acknowledge settings, to answer pings and to
count which streams ended.
"""
import selectors
import socket
import struct
import time

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = (
    0, 1, 3, 4, 6, 7, 8)
END_STREAM, END_HEADERS, ACK = 1, 4, 1
CANCEL, ENHANCE_YOUR_CALM = 8, 11
SETTING_INITIAL_WINDOW = 4


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(
        ">BBI", kind, flags, stream) + payload


def _text(text):
    """A text of HPACK without Huffman coding (RFC 7541, 5.2)."""
    if isinstance(text, str):
        text = text.encode()
    size = len(text)
    if size < 127:
        return bytes([size]) + text
    out, size = b"\x7f", size - 127
    while size >= 128:
        out, size = out + bytes([size % 128 | 128]), size // 128
    return out + bytes([size]) + text


def header_block(path, metadata=()):
    """The headers of a gRPC call; nothing enters the dynamic table."""
    fields = [(":method", "POST"), (":scheme", "http"), (":path", path),
              (":authority", "localhost"), ("te", "trailers"),
              ("content-type", "application/grpc"), *metadata]
    return b"".join(b"\0" + _text(name) + _text(value)
                    for name, value in fields)


def message(payload, claimed=None, compressed=False):
    """A gRPC message; `claimed` is the size that its head tells."""
    return struct.pack(">BI", compressed, len(payload) if claimed is None
                       else claimed) + payload


def connect(address, source=None, timeout=5):
    """A socket to HOST:PORT or unix:/path, from the address `source`."""
    if address.startswith("unix:"):
        made = socket.socket(socket.AF_UNIX)
        made.settimeout(timeout)
        made.connect(address[5:])
        return made
    host, port = address.rsplit(":", 1)
    return socket.create_connection(
        (host, int(port)), timeout, (source, 0) if source else None)


class Connection:
    """One connection. Not for several threads at once."""

    def __init__(self, address, source=None, initial_window=None, timeout=5):
        self.socket = connect(address, source, timeout)
        self.next_stream = 1
        self.ended = set()      # streams that the server ended
        self.messages = 0       # frames of data with something in them
        self.goaway = None      # the error of the server's GOAWAY
        self.closed = False
        self.patience = timeout      # seconds that the server may not read
        self._received = b""
        self._window = 65535         # what the server takes on the connection
        self._initial = 65535        # and on a new stream
        self._windows = {}
        self._waiting = []           # [stream, data, whether it ends]
        settings = b"" if initial_window is None else struct.pack(
            ">HI", SETTING_INITIAL_WINDOW, initial_window)
        # Only the windows of streams ever keep an answer back.
        self.send(PREFACE + frame(SETTINGS, 0, 0, settings)
                  + frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 1 << 30)))

    def send(self, data):
        if self.closed:  # who does not read once is given up
            return False
        try:
            self.socket.settimeout(self.patience)
            self.socket.sendall(data)
        except (OSError, socket.timeout):
            self.closed = True
        return not self.closed

    def open(self, block, data=b"", end=True):
        """Opens a stream, sends `data` on it as the server takes it (what
        waits goes out with `read`); its number."""
        stream, self.next_stream = self.next_stream, self.next_stream + 2
        self._windows[stream] = self._initial
        if not data:
            self.send(frame(HEADERS, END_HEADERS | (END_STREAM if end else 0),
                            stream, block))
            return stream
        self.send(frame(HEADERS, END_HEADERS, stream, block))
        self._waiting.append([stream, memoryview(data), end])
        self._flush()
        return stream

    def _flush(self):
        frames = []
        for entry in self._waiting:
            stream, data, end = entry
            while data:
                size = min(len(data), 16384, self._window,
                           self._windows.get(stream, 0))
                if size <= 0:
                    break
                self._window -= size
                self._windows[stream] -= size
                last = end and size == len(data)
                frames.append(frame(DATA, END_STREAM if last else 0, stream,
                                    data[:size]))
                data = data[size:]
            entry[1] = data
        self._waiting = [entry for entry in self._waiting if entry[1]]
        if frames:
            self.send(b"".join(frames))

    def reset(self, stream):
        self.send(frame(RST_STREAM, 0, stream, struct.pack(">I", CANCEL)))

    def read(self, seconds=0.0):
        """Reads what is there, or comes within the time."""
        end = time.monotonic() + seconds
        while not self.closed:
            left = end - time.monotonic()
            self.socket.settimeout(max(left, 0.0) or 0.000001)
            try:
                data = self.socket.recv(1 << 18)
            except (BlockingIOError, socket.timeout):
                if left <= 0:
                    break
                continue
            except OSError:
                self.closed = True
                break
            if not data:
                self.closed = True
                break
            self._take(data)
            if left <= 0:
                break

    def _take(self, data):
        self._received += data
        at, answer = 0, b""
        while len(self._received) - at >= 9:
            size = int.from_bytes(self._received[at:at + 3], "big")
            if len(self._received) - at < 9 + size:
                break
            kind, flags = self._received[at + 3], self._received[at + 4]
            stream = int.from_bytes(self._received[at + 5:at + 9],
                                    "big") & 0x7fffffff
            payload = self._received[at + 9:at + 9 + size]
            at += 9 + size
            if kind == SETTINGS and not flags & ACK:
                answer += frame(SETTINGS, ACK, 0)
                for i in range(0, size - 5, 6):
                    name, value = struct.unpack(">HI", payload[i:i + 6])
                    if name == SETTING_INITIAL_WINDOW:
                        for known in self._windows:
                            self._windows[known] += value - self._initial
                        self._initial = value
            elif kind == WINDOW_UPDATE:
                more = int.from_bytes(payload, "big") & 0x7fffffff
                if stream == 0:
                    self._window += more
                elif stream in self._windows:
                    self._windows[stream] += more
            elif kind == GOAWAY:
                self.goaway = int.from_bytes(payload[4:8], "big")
            elif kind == PING and not flags & ACK:
                answer += frame(PING, ACK, 0, payload)
            elif kind == RST_STREAM or (kind in (DATA, HEADERS)
                                        and flags & END_STREAM):
                self.ended.add(stream)
                self._windows.pop(stream, None)
            if kind == DATA and size:
                self.messages += 1
        self._received = self._received[at:]
        if answer:
            self.send(answer)
        if self._waiting:
            self._flush()

    def close(self):
        self.closed = True
        self.socket.close()


def answers(address, timeout=2):
    """Whether somebody accepts at the address and speaks HTTP/2."""
    try:
        one = Connection(address, timeout=timeout)
    except OSError:
        return False
    try:
        one.socket.settimeout(timeout)
        return len(one.socket.recv(9)) > 0
    except OSError:
        return False
    finally:
        one.close()


def read_all(connections, seconds):
    """Reads from many connections for a while."""
    with selectors.DefaultSelector() as selector:
        for one in connections:
            if not one.closed:
                selector.register(one.socket, selectors.EVENT_READ, one)
        end = time.monotonic() + seconds
        while selector.get_map() and time.monotonic() < end:
            for key, _ in selector.select(end - time.monotonic()):
                key.data.read()
                if key.data.closed:
                    selector.unregister(key.fileobj)
