"""Searches memory, files and texts for codes and phone numbers, in every form they may have been written in."""
import array
import base64
import os
import subprocess
import tempfile

STEP = 1 << 22
OVERLAP = 256                # longer than any form of any word
LARGEST_MAPPING = 1 << 36    # beyond it lies a sanitizer's shadow: a state for each 8 bytes, no data of the program


def forms(word):
    """As text, percent-encoded, in hex (as PostgreSQL dumps bytes), and in base64 at each of the three places it can
    begin: there, the characters that do not depend on what stands around it. UTF-16 and UTF-32 become text where
    Search drops zero bytes."""
    text = word.encode()
    yield text
    yield b"".join(b"%%%02X" % c for c in text)
    yield text.hex().encode()
    for before in range(3):
        first, last = -(-before * 8 // 6), (before + len(text)) * 8 // 6
        yield base64.b64encode(b"\0" * before + text)[first:last]


class Search:
    """For many words at once. Whatever it is given is read as one stream of pieces, each a place of its own."""

    def __init__(self, words):
        self.words = sorted(set(words))
        self._word_of = {form: word for word in self.words for form in forms(word)}
        self._numbers = {int(word): word for word in self.words}
        self._patterns = tempfile.NamedTemporaryFile()
        self._patterns.write(b"\n".join(self._word_of) + b"\n")
        self._patterns.flush()

    def in_pieces(self, pieces):
        """The words found in any of the byte strings."""
        with tempfile.TemporaryFile() as found:
            grep = subprocess.Popen(["grep", "-aoF", "-f", self._patterns.name], stdin=subprocess.PIPE, stdout=found,
                                    env={"PATH": os.environ["PATH"], "LC_ALL": "C"})
            for piece in pieces:
                grep.stdin.write(piece.translate(None, b"\0") + b"\n")
            grep.stdin.close()
            if grep.wait() > 1:
                raise RuntimeError(f"grep ended with {grep.returncode}")
            found.seek(0)
            return {self._word_of[line] for line in found.read().splitlines()}

    def in_text(self, text):
        return self.in_pieces([text if isinstance(text, bytes) else text.encode()])

    def in_files(self, folder):
        """(words found, files with words) of all files under the folder."""
        found = self.in_pieces(piece for path in files_under(folder) for piece in pieces_of(path))
        where = [path for path in files_under(folder) if self.in_pieces(pieces_of(path))] if found else []
        return found, where

    def in_memory(self, pid):
        """In all that the process may write to. Also as a number of eight bytes, which a code is while it is made."""
        as_numbers = set()

        def pieces():
            for _, data in memory_of(pid):
                yield data
                if data.count(0) != len(data):
                    as_numbers.update(self._numbers.keys() & set(array.array("Q", data[:len(data) & -8])))
        return self.in_pieces(pieces()) | {self._numbers[n] for n in as_numbers}

    def places_in_memory(self, pid, word):
        """What stands around the word, for people who look for its origin: no test hangs on it."""
        text = word.encode()
        for name, data in memory_of(pid):
            at = data.find(text)
            while at >= 0:
                yield name, data[max(0, at - 60):at + 60]
                at = data.find(text, at + 1)


def files_under(folder):
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            if os.path.isfile(path) and not os.path.islink(path):
                yield path


def pieces_of(path):
    """The content, each piece with the end of the one before. A file that the server takes away meanwhile is gone from disk too."""
    try:
        with open(path, "rb", 0) as file:
            yield from overlapping(iter(lambda: file.read(STEP), b""))
    except FileNotFoundError:
        pass


def overlapping(chunks):
    end = b""
    for chunk in chunks:
        yield end + chunk
        end = chunk[-OVERLAP:]


def memory_of(pid):
    """(name, content) of every readable and writable mapping, in pieces whose length is a multiple of eight."""
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
            for line in maps.readlines():
                span, rights, _, _, _, name = (line.rstrip("\n") + " ").split(" ", 5)
                begin, end = (int(address, 16) for address in span.split("-"))
                if not rights.startswith("rw") or end - begin > LARGEST_MAPPING:
                    continue
                for at in range(begin, end, STEP):
                    memory.seek(max(begin, at - OVERLAP))
                    yield name.strip() or span, memory.read(min(at + STEP, end) - max(begin, at - OVERLAP))
    except PermissionError as error:
        raise RuntimeError(f"the memory of process {pid} cannot be read ({error}): run this as root or with CAP_SYS_PTRACE, "
                           "or allow it by kernel.yama.ptrace_scope=0") from error
