"""A test that cuts networks or mounts a small disk does so in Linux namespaces of its own: nobody else on the machine sees it, two runs
never meet, and whatever was started or mounted is gone with the test, however it ends."""

import os
import subprocess
import sys

_ENTERED = "OTP_TEST_NAMESPACES"


def enter(*kinds):
    """Goes on in new namespaces ('net', 'mount'), as the first process of a process namespace. To be called before anything is started."""
    if os.environ.get(_ENTERED) == "yes":
        del os.environ[_ENTERED]
        if "net" in kinds:
            run("ip", "link", "set", "lo", "up")
        return
    if os.geteuid() != 0:
        sys.exit(f"{sys.argv[0]} makes namespaces ({', '.join(kinds)}) and must run as root")
    os.environ[_ENTERED] = "yes"
    flags = ["--" + kind for kind in ("pid", "fork", "kill-child", "mount-proc", *kinds)]
    os.execvp("unshare", ["unshare", *flags, "--", sys.executable, *sys.argv])


def run(*words, **options):
    """Runs a command that must succeed, and returns what it printed."""
    done = subprocess.run(words, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout
