"""A file of settings, and one of a secret, that a test may change while a program runs on them."""
import os
import shutil
import signal
import tempfile


class SettingsFile:
    def __init__(self, **settings):
        self.folder = tempfile.mkdtemp()
        self.path = os.path.join(self.folder, "otp.toml")
        self.settings = {}
        self.change(**settings)

    def change(self, **settings):
        """None takes one away."""
        self.settings.update(settings)
        lines = [f'{name if "." in name else name.lower()} = "{value}"\n' for name, value in self.settings.items() if value is not None]
        self.write("".join(lines))

    def write(self, text):
        """Whole or not at all, as an operator's editor does it."""
        self._put("otp.toml", text)

    def put_secret(self, name, value):
        """Its path, for NAME_FILE."""
        return self._put(name, value + "\n")

    def reload(self, process, **settings):
        self.change(**settings)
        self.reload_as_it_is(process)

    def reload_as_it_is(self, process):
        process.send_signal(signal.SIGHUP)

    def remove(self):
        shutil.rmtree(self.folder)

    def _put(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(path + ".new", path)
        return path
