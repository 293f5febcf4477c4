"""A way to a server by an address that is not its own."""

import subprocess
import urllib.parse


class Forward:
    """Passes a port's connections on to a server, while it lives."""

    def __init__(self, port, url, host="127.0.0.1"):
        parts = urllib.parse.urlsplit(url)
        script = (
            "import socket,sys,threading\n"
            "own=socket.create_server((sys.argv[4],int(sys.argv[1])))\n"
            "def pump(a,b):\n"
            "  try:\n"
            "    while data:=a.recv(65536): b.sendall(data)\n"
            "    b.shutdown(socket.SHUT_WR)\n"
            "  except OSError: pass\n"
            "while True:\n"
            "  one,_=own.accept()\n"
            "  other=socket.create_connection((sys.argv[2],int(sys.argv[3])))\n"
            "  for a,b in ((one,other),(other,one)): threading.Thread(target=pump,args=(a,b),daemon=True).start()\n"
        )
        self.words = ["/usr/bin/python3", "-c", script, str(port), parts.hostname, str(parts.port), host]

    def __enter__(self):
        self.process = subprocess.Popen(self.words)

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
