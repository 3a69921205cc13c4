"""Work whose every attempt can be told apart: TASKS tasks, each as large as a machine of the group GROUP, each held for HOLD_SECONDS.

Says "running" on a line of its own once all of them run. Its last line is one JSON object: when and where each task ran, and how many attempts there
were; more attempts than tasks means that work was lost with a machine.
"""

import json
import os
import sys
import time

import ray
from ray.experimental.internal_kv import _internal_kv_list, _internal_kv_put

GROUP = os.environ["GROUP"]
TASKS = int(os.environ["TASKS"])
HOLD_SECONDS = float(os.environ["HOLD_SECONDS"])


@ray.remote(num_cpus=4, label_selector={"ray.io/node-group": GROUP}, max_retries=5)
def hold(prefix: str, index: int) -> dict:
    started = time.time()
    _internal_kv_put(f"{prefix}{index}:{started}", b"1")
    time.sleep(HOLD_SECONDS)
    return {"started": started, "ended": time.time(), "instance": os.environ.get("RAY_CLOUD_INSTANCE_ID", "")}


def main() -> None:
    ray.init(log_to_driver=False)
    prefix = f"attempt:{ray.get_runtime_context().get_job_id()}:"
    tasks = [hold.remote(prefix, index) for index in range(TASKS)]
    while len({key.split(b":")[2] for key in _internal_kv_list(prefix)}) < TASKS:
        time.sleep(0.1)
    print("running", flush=True)
    done = ray.get(tasks)
    print(json.dumps({"tasks": done, "attempts": len(_internal_kv_list(prefix))}))


if __name__ == "__main__":
    sys.exit(main())
