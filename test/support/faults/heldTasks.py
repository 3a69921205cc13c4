"""Work whose every attempt can be told apart: TASKS tasks, each as large as a machine of the group GROUP, each held for HOLD_SECONDS.

Begins when the file GATE exists, and says "waits" on a line of its own when it does not yet. Says "running" once all tasks run. Its last line is one JSON object: when and where each task ran, and how many attempts there
were; more attempts than tasks means that work was lost with a machine.
"""

import contextlib
import json
import os
import sys
import time

import ray
from ray.experimental.internal_kv import _internal_kv_list, _internal_kv_put

GROUP = os.environ["GROUP"]
TASKS = int(os.environ["TASKS"])
HOLD_SECONDS = float(os.environ["HOLD_SECONDS"])
GATE = os.environ["GATE"]


@ray.remote(num_cpus=4, label_selector={"ray.io/node-group": GROUP}, max_retries=5)
def hold(prefix: str, index: int) -> dict:
    started = time.time()
    _internal_kv_put(f"{prefix}{index}:{started}", b"1")
    time.sleep(HOLD_SECONDS)
    return {"started": started, "ended": time.time(), "instance": os.environ.get("RAY_CLOUD_INSTANCE_ID", "")}


def say(line: str) -> None:
    """What a full disk does not take now is written with the next line."""
    with contextlib.suppress(OSError):
        print(line, flush=True)


def main() -> None:
    ray.init(log_to_driver=False)
    if not os.path.exists(GATE):
        say("waits")
    while not os.path.exists(GATE):
        time.sleep(0.1)
    prefix = f"attempt:{ray.get_runtime_context().get_job_id()}:"
    tasks = [hold.remote(prefix, index) for index in range(TASKS)]
    while len({key.split(b":")[2] for key in _internal_kv_list(prefix)}) < TASKS:
        time.sleep(0.1)
    say("running")
    done = ray.get(tasks)
    print(json.dumps({"tasks": done, "attempts": len(_internal_kv_list(prefix))}))


if __name__ == "__main__":
    sys.exit(main())
