#!/usr/bin/env python3
"""CNT 5106C project: one peer of the P2P file sharing swarm.

    python3 peer.py ID [--keep-dialling]

Reads Common.cfg and PeerInfo.cfg in the current folder, keeps its file in peer_ID/ and its log in log_peer_ID.log, and
ends when every peer has the file. One thread and one selector; a Neighbour is one TCP connection.
"""

import os
import random
import selectors
import socket
import struct
import sys
import time

HEADER = b"P2PFILESHARINGPROJ"
CHOKE, UNCHOKE, INTERESTED, NOT_INTERESTED, HAVE, BITFIELD, REQUEST, PIECE = range(8)


class Common:
    """Common.cfg."""

    def __init__(self, path):
        with open(path, encoding="utf-8-sig") as lines:
            values = dict(line.strip().split(None, 1) for line in lines if line.strip())
        self.preferred_count = int(values["NumberOfPreferredNeighbors"])
        self.unchoking_interval = int(values["UnchokingInterval"])
        self.optimistic_interval = int(values["OptimisticUnchokingInterval"])
        self.file_name = values["FileName"]
        self.file_size = int(values["FileSize"])
        self.piece_size = int(values["PieceSize"])
        self.piece_count = -(-self.file_size // self.piece_size)

    def size_of(self, piece):
        return min(self.piece_size, self.file_size - piece * self.piece_size)


class RosterLine:
    """One line of PeerInfo.cfg."""

    def __init__(self, line):
        peer_id, host, port, has_file = line.split()[:4]
        self.id, self.host, self.port, self.has_file = int(peer_id), host, int(port), has_file == "1"


def read_roster(path):
    with open(path, encoding="utf-8-sig") as lines:
        return [RosterLine(line) for line in lines if line.strip()]


def to_bitfield(pieces, piece_count):
    """Piece 0 is the most significant bit of the first byte; spare bits are 0."""
    field = bytearray((piece_count + 7) // 8)
    for piece in pieces:
        field[piece // 8] |= 0x80 >> piece % 8
    return bytes(field)


def from_bitfield(field, piece_count):
    return {p for p in range(min(piece_count, 8 * len(field))) if field[p // 8] & 0x80 >> p % 8}


class PieceFile:
    """peer_ID/FileName: pieces are written where they belong as they come."""

    def __init__(self, peer_id, common, has_file):
        self.common = common
        folder = "peer_%d" % peer_id
        path = os.path.join(folder, common.file_name)
        os.makedirs(folder, exist_ok=True)
        if has_file:
            if os.path.getsize(path) != common.file_size:
                sys.exit("%s does not have FileSize bytes" % path)
            self.pieces = set(range(common.piece_count))
            self.file = open(path, "rb")
        else:
            self.pieces = set()
            self.file = open(path, "w+b")
            self.file.truncate(common.file_size)

    @property
    def is_complete(self):
        return len(self.pieces) == self.common.piece_count

    def read(self, piece):
        self.file.seek(piece * self.common.piece_size)
        return self.file.read(self.common.size_of(piece))

    def write(self, piece, content):
        self.file.seek(piece * self.common.piece_size)
        self.file.write(content)
        self.pieces.add(piece)
        if self.is_complete:
            self.file.flush()


class Log:
    """log_peer_ID.log, a line for every event the project asks for."""

    def __init__(self, peer_id):
        self.peer_id = peer_id
        self.file = open("log_peer_%d.log" % peer_id, "w", encoding="utf-8", newline="\n", buffering=1)

    def write(self, sentence, *values):
        now = time.strftime("%Y-%m-%d %H:%M:%S")
        self.file.write("%s: Peer %d %s.\n" % (now, self.peer_id, sentence % values))


class ProtocolError(Exception):
    pass


class Neighbour:
    """A connection and what we know about the peer at its other end."""

    def __init__(self, sock, expected_id=None):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        self.sock = sock
        self.expected_id = expected_id
        self.id = None  # until its handshake has come
        self.received = bytearray()
        self.to_send = bytearray()
        self.has_ended = False
        self.pieces = set()
        self.am_choking = self.peer_choking = True
        self.peer_interested = False
        self.am_interested = False
        self.requested = None
        self.bytes_this_interval = 0

    def send(self, kind, payload=b""):
        self.to_send += struct.pack(">IB", 1 + len(payload), kind) + payload

    def frames(self, longest):
        """Takes the complete messages out of what has been received."""
        while len(self.received) >= 4:
            (length,) = struct.unpack_from(">I", self.received)
            if length > longest:
                raise ProtocolError("a message of %d bytes" % length)
            if len(self.received) < 4 + length:
                return
            frame = bytes(self.received[4 : 4 + length])
            del self.received[: 4 + length]
            if frame:
                yield frame[0], frame[1:]


class Peer:
    def __init__(self, peer_id, keeps_dialling):
        self.common = Common("Common.cfg")
        self.roster = read_roster("PeerInfo.cfg")
        lines = [line for line in self.roster if line.id == peer_id]
        if not lines:
            sys.exit("peer %d is not in PeerInfo.cfg" % peer_id)
        self.id = peer_id
        self.own_line = lines[0]
        self.keeps_dialling = keeps_dialling
        self.file = PieceFile(peer_id, self.common, self.own_line.has_file)
        self.log = Log(peer_id)
        self.selector = selectors.DefaultSelector()
        self.neighbours = set()  # every connection, those without a handshake included
        self.complete = {line.id for line in self.roster if line.has_file or self.common.piece_count == 0}
        self.preferred = set()
        self.logged_preferred = set()
        self.optimistic = None
        self.longest_frame = 1 + max(4 + self.common.piece_size, (self.common.piece_count + 7) // 8)

    def run(self):
        self.listen()
        for line in self.roster[: self.roster.index(self.own_line)]:
            self.dial(line)
        now = time.monotonic()
        preferred_at = now + self.common.unchoking_interval
        optimistic_at = now + self.common.optimistic_interval
        while len(self.complete) < len(self.roster):
            self.wait_and_handle(min(preferred_at, optimistic_at) - time.monotonic())
            now = time.monotonic()
            if now >= preferred_at:
                preferred_at += self.common.unchoking_interval
                self.choose_preferred()
            if now >= optimistic_at:
                optimistic_at += self.common.optimistic_interval
                self.choose_optimistic()
        self.finish()

    # Connections

    def listen(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("", self.own_line.port))
        self.listener.listen(64)
        self.selector.register(self.listener, selectors.EVENT_READ)

    def dial(self, line):
        while True:
            try:
                sock = socket.create_connection((line.host, line.port), timeout=10)
                break
            except OSError as error:
                if not self.keeps_dialling:
                    sys.exit("cannot connect to peer %d at %s:%d: %s" % (line.id, line.host, line.port, error))
                time.sleep(1)
        self.add(Neighbour(sock, expected_id=line.id))
        self.log.write("makes a connection to Peer %d", line.id)

    def add(self, neighbour):
        self.neighbours.add(neighbour)
        neighbour.to_send += HEADER + bytes(10) + struct.pack(">I", self.id)
        self.selector.register(neighbour.sock, selectors.EVENT_READ | selectors.EVENT_WRITE, neighbour)

    def drop(self, neighbour):
        """What was asked of it may be asked of others."""
        self.selector.unregister(neighbour.sock)
        neighbour.sock.close()
        self.neighbours.discard(neighbour)
        self.preferred.discard(neighbour)
        if self.optimistic is neighbour:
            self.optimistic = None
        self.request_pieces()

    def connected(self):
        return [n for n in self.neighbours if n.id is not None]

    def wait_and_handle(self, seconds):
        for key, events in self.selector.select(max(0, seconds)):
            if key.fileobj is self.listener:
                self.add(Neighbour(self.listener.accept()[0]))
            elif key.data in self.neighbours:
                self.handle(key.data, events)
        for neighbour in self.neighbours:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if neighbour.to_send else 0)
            self.selector.modify(neighbour.sock, events, neighbour)

    def handle(self, neighbour, events):
        try:
            if events & selectors.EVENT_WRITE and neighbour.to_send:
                del neighbour.to_send[: neighbour.sock.send(neighbour.to_send)]
            if events & selectors.EVENT_READ:
                data = neighbour.sock.recv(1 << 16)
                neighbour.has_ended = not data
                neighbour.received += data
                self.understand(neighbour)
        except BlockingIOError:
            return
        except (OSError, struct.error, ProtocolError) as error:
            print("peer %s: %s" % (neighbour.id or neighbour.expected_id, error), file=sys.stderr)
            neighbour.has_ended = True
        if neighbour.has_ended:
            self.drop(neighbour)

    def understand(self, neighbour):
        if neighbour.id is None:
            if len(neighbour.received) < 32:
                return
            self.on_handshake(neighbour, bytes(neighbour.received[:32]))
            del neighbour.received[:32]
        for kind, payload in neighbour.frames(self.longest_frame):
            self.on_message(neighbour, kind, payload)

    def on_handshake(self, neighbour, handshake):
        (peer_id,) = struct.unpack_from(">I", handshake, 28)
        if not handshake.startswith(HEADER):
            raise ProtocolError("a handshake of another protocol")
        if neighbour.expected_id not in (None, peer_id):
            raise ProtocolError("peer %d answers instead" % peer_id)
        if peer_id == self.id or peer_id not in (line.id for line in self.roster):
            raise ProtocolError("peer %d is not in PeerInfo.cfg" % peer_id)
        if peer_id in (other.id for other in self.neighbours):
            raise ProtocolError("peer %d is connected already" % peer_id)
        neighbour.id = peer_id
        if neighbour.expected_id is None:
            self.log.write("is connected from Peer %d", peer_id)
        if self.file.pieces:  # the project lets those with nothing leave it out
            neighbour.send(BITFIELD, to_bitfield(self.file.pieces, self.common.piece_count))

    # Messages

    def on_message(self, neighbour, kind, payload):
        if kind == CHOKE:
            self.log.write("is choked by %d", neighbour.id)
            neighbour.peer_choking = True
            neighbour.requested = None
        elif kind == UNCHOKE:
            self.log.write("is unchoked by %d", neighbour.id)
            neighbour.peer_choking = False
        elif kind == INTERESTED:
            self.log.write("received the 'interested' message from %d", neighbour.id)
            neighbour.peer_interested = True
        elif kind == NOT_INTERESTED:
            self.log.write("received the 'not interested' message from %d", neighbour.id)
            neighbour.peer_interested = False
        elif kind == HAVE:
            (piece,) = struct.unpack(">I", payload)
            self.log.write("received the 'have' message from %d for the piece %d", neighbour.id, piece)
            if piece < self.common.piece_count:
                self.learn(neighbour, {piece})
        elif kind == BITFIELD:
            self.learn(neighbour, from_bitfield(payload, self.common.piece_count))
            if not neighbour.am_interested:  # a bitfield is always answered
                neighbour.send(NOT_INTERESTED)
        elif kind == REQUEST:
            (piece,) = struct.unpack(">I", payload)
            if not neighbour.am_choking and piece in self.file.pieces:
                neighbour.send(PIECE, payload + self.file.read(piece))
        elif kind == PIECE:
            self.on_piece(neighbour, struct.unpack_from(">I", payload)[0], payload[4:])
        self.request_pieces()

    def on_piece(self, neighbour, piece, content):
        neighbour.requested = None
        neighbour.bytes_this_interval += len(content)
        if piece >= self.common.piece_count or len(content) != self.common.size_of(piece):
            raise ProtocolError("a piece %d of %d bytes" % (piece, len(content)))
        if piece in self.file.pieces:
            return
        self.file.write(piece, content)
        count = len(self.file.pieces)
        self.log.write(
            "has downloaded the piece %d from %d. Now the number of pieces it has is %d", piece, neighbour.id, count
        )
        if self.file.is_complete:
            self.log.write("has downloaded the complete file")
            self.complete.add(self.id)
        for other in self.connected():
            other.send(HAVE, struct.pack(">I", piece))
            self.tell_interest(other)

    def learn(self, neighbour, pieces):
        neighbour.pieces |= pieces
        if len(neighbour.pieces) == self.common.piece_count:
            self.complete.add(neighbour.id)
        self.tell_interest(neighbour)

    def tell_interest(self, neighbour):
        interested = not neighbour.pieces <= self.file.pieces
        if interested != neighbour.am_interested:
            neighbour.send(INTERESTED if interested else NOT_INTERESTED)
            neighbour.am_interested = interested

    def request_pieces(self):
        """One request on each connection that may have one: a random piece that nobody else was asked for."""
        requested = {n.requested for n in self.neighbours}
        for neighbour in self.connected():
            if neighbour.peer_choking or neighbour.requested is not None:
                continue
            wanted = neighbour.pieces - self.file.pieces - requested
            if wanted:
                neighbour.requested = random.choice(tuple(wanted))
                requested.add(neighbour.requested)
                neighbour.send(REQUEST, struct.pack(">I", neighbour.requested))

    # Choking

    def choose_preferred(self):
        """Those that gave us most during the interval; anybody once we have everything."""
        candidates = [n for n in self.connected() if n.peer_interested and n.id not in self.complete]
        random.shuffle(candidates)
        if not self.file.is_complete:
            candidates.sort(key=lambda n: n.bytes_this_interval, reverse=True)
        self.preferred = set(candidates[: self.common.preferred_count])
        for neighbour in self.neighbours:
            neighbour.bytes_this_interval = 0
        ids = {n.id for n in self.preferred}
        if ids and ids != self.logged_preferred:
            self.log.write("has the preferred neighbors %s", ",".join(str(i) for i in sorted(ids)))
            self.logged_preferred = ids
        self.choke_and_unchoke()

    def choose_optimistic(self):
        candidates = [n for n in self.connected() if n.peer_interested and n.am_choking and n.id not in self.complete]
        if candidates:
            self.optimistic = random.choice(candidates)
            self.log.write("has the optimistically unchoked neighbor %d", self.optimistic.id)
            self.choke_and_unchoke()

    def choke_and_unchoke(self):
        for neighbour in self.connected():
            should_choke = neighbour not in self.preferred and neighbour is not self.optimistic
            if should_choke != neighbour.am_choking:
                neighbour.am_choking = should_choke
                neighbour.send(CHOKE if should_choke else UNCHOKE)

    # The end

    def finish(self):
        """Everybody has the file. Our last messages reach the others if we read to the end before we close."""
        self.file.file.close()
        give_up_at = time.monotonic() + 5
        self.selector.unregister(self.listener)
        self.listener.close()
        for neighbour in list(self.neighbours):
            try:
                neighbour.sock.settimeout(max(0.1, give_up_at - time.monotonic()))
                neighbour.sock.sendall(neighbour.to_send)
                neighbour.sock.shutdown(socket.SHUT_WR)
            except OSError:
                self.neighbours.discard(neighbour)
        for neighbour in self.neighbours:
            try:
                while time.monotonic() < give_up_at and neighbour.sock.recv(1 << 16):
                    pass
            except OSError:
                pass
            neighbour.sock.close()


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if a != "--keep-dialling"]
    if len(arguments) != 1 or not arguments[0].isdigit():
        sys.exit("usage: python3 peer.py ID [--keep-dialling]")
    try:
        Peer(int(arguments[0]), "--keep-dialling" in sys.argv).run()
    except KeyboardInterrupt:
        sys.exit(130)
