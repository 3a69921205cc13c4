"""Other shapes of demand: GPUs, a STRICT_SPREAD placement group and a label selector, all at once.

Prints one JSON line: for each kind, the instances that served it.
"""

import json
import os
import sys
import time

import ray
from ray.util.placement_group import placement_group, remove_placement_group
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

HOLD_SECONDS = float(os.environ.get("HOLD_SECONDS", "3"))


@ray.remote
def where() -> str:
    time.sleep(HOLD_SECONDS)
    return os.environ.get("RAY_CLOUD_INSTANCE_ID", "")


def main() -> None:
    ray.init(log_to_driver=False)
    gpus = [where.options(num_gpus=1).remote() for _ in range(2)]
    gold = [where.options(num_cpus=1, label_selector={"tier": "gold"}).remote() for _ in range(2)]
    spread = placement_group([{"CPU": 1}] * 3, strategy="STRICT_SPREAD")
    ray.get(spread.ready())
    spread_tasks = [
        where.options(
            num_cpus=1, scheduling_strategy=PlacementGroupSchedulingStrategy(placement_group=spread, placement_group_bundle_index=i)
        ).remote()
        for i in range(3)
    ]
    served = {"gpu": ray.get(gpus), "labelSelector": ray.get(gold), "strictSpread": ray.get(spread_tasks)}
    remove_placement_group(spread)
    print(json.dumps({"served": served}))


if __name__ == "__main__":
    sys.exit(main())
