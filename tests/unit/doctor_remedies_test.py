"""What otpctl doctor advises is there to be done: its remedies name commands, settings, functions and files that exist."""
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Words of RabbitMQ, not settings.
BROKERS = {"ACCESS_REFUSED", "NOT_ALLOWED"}


def literals(path):
    """The texts of a source; those that stand beside each other are one."""
    text = re.sub(r"^\s*//.*", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for group in re.findall(r'"(?:[^"\\\n]|\\.)*"(?:\s+"(?:[^"\\\n]|\\.)*")*', text):
        yield "".join(re.findall(r'"((?:[^"\\\n]|\\.)*)"', group))


TEXTS = [text for path in sorted((ROOT / "ctl" / "doctor").glob("*.cpp")) for text in literals(path) if not text.endswith(".hpp")]


def named(pattern):
    return {word for text in TEXTS for word in re.findall(pattern, text)}


class Remedies(unittest.TestCase):
    def test_every_command_is_one_of_otpctl(self):
        table = (ROOT / "ctl" / "commands.cpp").read_text(encoding="utf-8")
        commands = {tuple(name.split()) for name in re.findall(r'^    \{"([a-z][a-z -]*)",', table, re.MULTILINE)}
        self.assertIn(("topology", "apply"), commands)
        advised = {tuple(words.split()) for words in named(r"otpctl ([a-z]+(?: [a-z]+)?)")}
        self.assertGreater(len(advised), 6)
        for words in advised:
            self.assertTrue(any(words[:len(command)] == command for command in commands), "otpctl " + " ".join(words))

    def test_every_setting_is_known(self):
        source = (ROOT / "common" / "config" / "known_settings.cpp").read_text(encoding="utf-8")
        known = set(re.findall(r'known_setting\{\s*"([A-Z][A-Z0-9_]+)"', source))
        advised = named(r"\b(?:OTP|TWILIO|GUPSHUP|AMQP|DATABASE)_[A-Z0-9_]*[A-Z0-9]\b") - BROKERS
        self.assertGreater(len(advised), 15)
        for name in advised:
            self.assertTrue(name in known or any(one.startswith(name + "_") for one in known) or name.removesuffix("_FILE") in known, name)

    def test_every_function_of_the_schema_is_there(self):
        migrations = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "migrations").glob("*.sql"))
        advised = named(r"`[^`]*\botp\.(\w+)\(")
        self.assertIn("ensure_partitions", advised)
        for name in advised:
            self.assertRegex(migrations, rf"create (or replace )?(function|procedure) (otp\.)?{name}\(")

    def test_every_file_that_is_named_is_there(self):
        advised = named(r"\b((?:docs|config)/[\w/.-]+\w)")
        self.assertIn("docs/operations.md", advised)
        for name in advised:
            self.assertTrue((ROOT / name).is_file(), name)

    def test_as_many_misconfigurations_are_made_for_real_as_the_documents_say(self):
        """A row of the table is one, and so is each other fault that is asserted."""
        test = (ROOT / "tests" / "system" / "ctl_doctor_test.py").read_text(encoding="utf-8")
        rows = test[test.index("table = ["):test.index("for cause, remedy, changes in table")]
        made = len(re.findall(r"^            \(\"", rows, re.MULTILINE)) + test.count("self.assert_fault(") - 1
        self.assertIn(f" {made} misconfigurations are made for real", (ROOT / "docs" / "operations.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
