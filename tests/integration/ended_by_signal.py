"""A test that SIGTERM or SIGHUP ends takes down what it began: the test that runs fails, and no other follows it."""

import signal
import unittest


def end(number, frame):
    for one in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, lambda *_: None)  # what was begun is taken down, whatever the haste
    # unittest goes on after what a test raises, SystemExit too, but for a KeyboardInterrupt, which has it take down nothing. Its own handler
    # of SIGINT keeps the next test from beginning.
    unittest.installHandler()
    signal.getsignal(signal.SIGINT)(number, frame)
    raise RuntimeError("ended by " + signal.Signals(number).name)


def take_down_first():
    """Whoever handles or ignores a signal already, as under nohup, goes on doing so."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, end)
