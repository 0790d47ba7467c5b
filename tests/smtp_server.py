"""A small mail server for tests that misbehaves on demand, over real sockets.

    with SmtpServer(folder, mode="hang-data") as server: …            in the test's own process
    python -m tests.smtp_server --folder /tmp/in --mode slow          as its own; prints its port

Every letter it takes on is one file in the folder, there before the sender hears of it.
"""

import argparse
import contextlib
import email
import random
import socket
import ssl
import threading
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Self

CERTIFICATE = Path(__file__).parent / "data" / "localhost.pem"

MODES = {
    "ok": "takes everything",
    "slow": "takes the letter, then waits before it says so",
    "refuse-rcpt": "550 to every recipient",
    "defer-rcpt": "451 to every recipient",
    "refuse-data": "554 after the letter",
    "defer-data": "451 after the letter",
    "hang-connect": "never greets",
    "trickle": "greets without end, a byte now and then",
    "hang-data": "never answers the letter",
    "hang-data-kept": "never answers the letter, but keeps it",
    "drop-connect": "breaks off instead of greeting",
    "drop-before-data": "breaks off instead of letting the letter come",
    "drop-after-data": "breaks off after the letter",
    "drop-after-data-kept": "breaks off after the letter, but keeps it",
    "nonsense": "answers the letter with what is no answer",
}
FLAKY = [
    *["ok"] * 6,
    "defer-rcpt",
    "refuse-data",
    "drop-connect",
    "drop-before-data",
    "drop-after-data",
    "drop-after-data-kept",
]


class SmtpServer:
    """Listens on a free port of this machine until closed.

    `mode`: one of MODES, or "flaky" for a random one each time. Recipients at a domain that
    begins with "hanging." never get an answer, whatever the mode. `tls`: "starttls", "at once".
    """

    def __init__(
        self,
        folder: Path | str,
        mode: str = "ok",
        *,
        wait: float = 1,
        seed: int = 0,
        tls: str = "",
    ):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.mode = mode
        self.wait = wait
        self.random = random.Random(seed)
        self.tls = tls
        self.conversations = 0
        self.letters_begun = threading.Semaphore(0)
        self.open: set[socket.socket] = set()
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error) -> None:
        with contextlib.suppress(OSError):
            self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        for wire in list(self.open):
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)

    def serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                wire, _ = self.listening.accept()
                self.conversations += 1
                mode = self.random.choice(FLAKY) if self.mode == "flaky" else self.mode
                threading.Thread(target=self.converse, args=(wire, mode), daemon=True).start()

    def converse(self, wire: socket.socket, mode: str) -> None:
        self.open.add(wire)
        try:
            with wire:
                Conversation(self, wire, mode).run()
        except OSError:
            pass  # The sender went away, or the test is over.
        finally:
            self.open.discard(wire)

    def keep(self, letter: bytes) -> None:
        name = uuid.uuid4().hex
        (self.folder / f"{name}.tmp").write_bytes(letter)
        (self.folder / f"{name}.tmp").rename(self.folder / f"{name}.eml")


class Conversation:
    """One sender's session with the server, in one mode."""

    def __init__(self, server: SmtpServer, wire: socket.socket, mode: str):
        self.server, self.wire, self.mode = server, wire, mode
        self.lines = wire.makefile("rb")
        if server.tls == "at once":
            self.encrypt()

    def encrypt(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        self.wire = context.wrap_socket(self.wire, server_side=True)
        self.lines = self.wire.makefile("rb")

    def say(self, line: str) -> None:
        self.wire.sendall(f"{line}\r\n".encode())

    def hang(self) -> None:
        while self.lines.readline():
            pass

    def run(self) -> None:
        if self.mode == "drop-connect":
            return
        if self.mode == "hang-connect":
            return self.hang()
        while self.mode == "trickle":
            self.wire.sendall(b"220-\r\n")
            time.sleep(0.1)
        self.say("220 tests.example.com")
        while line := self.lines.readline():
            verb = line[:4].upper().strip()
            if verb == b"QUIT":
                return self.say("221 bye")
            if verb == b"EHLO" and self.server.tls == "starttls":
                self.say("250-tests.example.com\r\n250 STARTTLS")
            elif verb == b"STAR":
                self.say("220 go on")
                self.encrypt()
            elif verb == b"RCPT":
                if b"@hanging." in line:
                    return self.hang()
                answer = {"refuse-rcpt": "550 no such person", "defer-rcpt": "451 not now"}
                self.say(answer.get(self.mode, "250 ok"))
            elif verb == b"DATA":
                if self.mode == "drop-before-data":
                    return
                self.say("354 go on")
                if not self.letter():
                    return
            else:
                self.say("250 ok")

    def letter(self) -> bool:
        """Reads and answers one letter; False when the conversation is over."""
        read = []
        while (line := self.lines.readline()) not in (b".\r\n", b""):
            read.append(line[1:] if line.startswith(b".") else line)
        if not line:
            return False
        if self.mode in ("ok", "slow", "hang-data-kept", "drop-after-data-kept"):
            self.server.keep(b"".join(read))
        self.server.letters_begun.release()
        if self.mode.startswith("hang-data"):
            self.hang()
            return False
        if self.mode.startswith("drop-after-data"):
            return False
        if self.mode == "slow":
            time.sleep(self.server.wait)
        answers = {
            "refuse-data": "554 not wanted",
            "defer-data": "451 later",
            "nonsense": "what?",
        }
        self.say(answers.get(self.mode, "250 taken"))
        return True


def received(folder: Path | str) -> Counter:
    """How often each notice arrived, by its X-Notice-Key."""
    letters = (email.message_from_bytes(one.read_bytes()) for one in Path(folder).glob("*.eml"))
    return Counter("".join(letter["X-Notice-Key"].split()) for letter in letters)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--mode", default="ok", choices=[*MODES, "flaky"])
    parser.add_argument("--wait", type=float, default=1)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with SmtpServer(given.folder, given.mode, wait=given.wait, seed=given.seed) as running:
        print(running.port, flush=True)
        threading.Event().wait()
