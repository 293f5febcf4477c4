"""Which faults a soak meets, and when: drawn from its seed alone, so that the same seed and size give the same ones. A fault's
moment is a share of the jobs that have ended, because a clock would meet other jobs on another machine."""

import dataclasses
import random

# Jobs for each fault of the kind, and how many there are at most, whatever the number of jobs.
KINDS = {
    "kill worker": (1000, 60),
    "suspend worker": (4000, 20),
    "terminate database sessions": (4000, 20),
    "cut twilio": (2000, 20),
    "cut amqp": (4000, 20),
    "cut postgres": (4000, 20),
    "verify away": (5000, 20),
    "restart postgres": (10000, 10),
    "restart rabbitmq": (10000, 10),
}
SHORT = 10000  # jobs; a run of fewer suspends for a moment only, so that it ends soon


@dataclasses.dataclass(frozen=True)
class Fault:
    at: float  # share of the jobs that have ended
    kind: str
    worker: int  # which one, of kinds that concern one
    seconds: float  # how long, of kinds that last
    gently: bool  # of restarts: a shutdown in good order

    def __str__(self):
        words = {
            "kill worker": f"kill -9 worker {self.worker + 1}",
            "suspend worker": f"suspend worker {self.worker + 1} for {self.seconds:.1f} s",
            "verify away": f"kill -9 otp-verify, back after {self.seconds:.1f} s",
            "restart postgres": "restart postgres" + ("" if self.gently else " after kill -9"),
            "restart rabbitmq": "restart rabbitmq after kill -9",
        }
        return f"at {self.at:5.1%} of finals: {words.get(self.kind, self.kind)}"


def draw(seed, jobs, workers):
    """In the order in which they come."""
    choose = random.Random(f"soak {seed}")
    longest = 20 if jobs >= SHORT else 3
    faults = []
    for kind, (jobs_each, most) in KINDS.items():
        count = min(most, jobs // jobs_each)
        if not kind.startswith("restart"):
            count = max(1, count)
        for _ in range(count):
            faults.append(
                Fault(
                    at=choose.uniform(0.03, 0.95),
                    kind=kind,
                    worker=choose.randrange(workers),
                    seconds=choose.uniform(1, longest),
                    gently=choose.random() < 0.5,
                )
            )
    return sorted(faults, key=lambda fault: fault.at)
