"""Ray's own autoscaler with its fake multi-node provider: the same demand as the rayfleet run, in a network namespace of its own.

Prints one JSON line: seconds from the demand to each milestone. The fake provider starts raylets as local processes, so its cloud
takes no time: what is compared is the autoscaler (demand to launch) and the whole (demand to a usable node).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--cpus", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--interval", type=int, default=5, help="seconds between two rounds of Ray's autoscaler (its default is 5)")
    arguments = parser.parse_args()

    start_head(arguments)
    import ray

    ray.init("auto", log_to_driver=False)
    print(json.dumps(measure(ray, arguments)), flush=True)


def start_head(arguments: argparse.Namespace) -> None:
    """A head with Ray's autoscaler v2 and the fake provider. Nothing is stopped here: whoever made the namespace ends it."""
    from ray.autoscaler._private.fake_multi_node.node_provider import FAKE_HEAD_NODE_ID

    limit = arguments.nodes + 1
    cluster = {
        "cluster_name": "fake-multi-node",
        "max_workers": limit,
        "idle_timeout_minutes": 10 / 60,
        "upscaling_speed": 10,
        "provider": {
            # Named as an external module: the wheel lacks the default file that the type `fake_multinode` reads.
            "type": "external",
            "module": "ray.autoscaler._private.fake_multi_node.node_provider.FakeMultiNodeProvider",
            "head_node_id": FAKE_HEAD_NODE_ID,
            "launch_multiple": True,
            "disable_node_updaters": True,
            "disable_launch_config_check": True,
        },
        "available_node_types": {
            "cpu": {
                "resources": {"CPU": arguments.cpus, "object_store_memory": 200 * 1024 * 1024},
                "node_config": {},
                "min_workers": 0,
                "max_workers": limit,
            },
            "ray.head.default": {"resources": {"CPU": 0}, "node_config": {}, "max_workers": 0},
        },
        "head_node_type": "ray.head.default",
        "head_node": {},
        "worker_nodes": {},
        "auth": {},
        "docker": {},
        "file_mounts": {},
        "cluster_synced_files": [],
        "initialization_commands": [],
        "setup_commands": [],
        "head_setup_commands": [],
        "worker_setup_commands": [],
        "head_start_ray_commands": [],
        "worker_start_ray_commands": [],
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
        json.dump(cluster, file)
    environment = os.environ | {
        "RAY_FAKE_CLUSTER": "1",
        "AUTOSCALER_UPDATE_INTERVAL_S": str(arguments.interval),
        "RAY_enable_autoscaler_v2": "1",
        "RAY_CLOUD_INSTANCE_ID": FAKE_HEAD_NODE_ID,
        "RAY_OVERRIDE_NODE_ID_FOR_TESTING": FAKE_HEAD_NODE_ID,
    }
    subprocess.run(
        ["ray", "start", "--head", f"--autoscaling-config={file.name}", "--num-cpus=0", "--disable-usage-stats"],
        env=environment,
        check=True,
        stdout=sys.stderr,
    )


def measure(ray, arguments) -> dict:
    @ray.remote(num_cpus=1)
    def hold(seconds: float) -> float:
        started = time.time()
        time.sleep(seconds)
        return started

    time.sleep(5)  # the head settles; nothing waits
    submitted = time.time()
    pending = [hold.remote(arguments.seconds) for _ in range(arguments.nodes * arguments.cpus)]
    first_node = all_nodes = None
    while True:
        workers = [n for n in ray.nodes() if n["Alive"] and n["Resources"].get("CPU", 0) > 0]
        now = time.time()
        first_node = first_node or (now if workers else None)
        if len(workers) >= arguments.nodes:
            all_nodes = now
            break
        if now - submitted > 240:
            break
        time.sleep(0.05)
    started = sorted(ray.get(pending))
    finished = time.time()
    workers_left = len(workers)
    while workers_left and time.time() - finished < 180:
        time.sleep(0.2)
        workers_left = sum(1 for n in ray.nodes() if n["Alive"] and n["Resources"].get("CPU", 0) > 0)
    gone = time.time()
    decided = launch_decided_at(submitted)
    return {
        "launchDecidedSeconds": round(decided - submitted, 2) if decided else None,
        "firstNodeAliveSeconds": round(first_node - submitted, 2) if first_node else None,
        "allNodesAliveSeconds": round(all_nodes - submitted, 2) if all_nodes else None,
        "firstTaskRunningSeconds": round(started[0] - submitted, 2),
        "lastTaskRunningSeconds": round(started[-1] - submitted, 2),
        "jobDoneSeconds": round(finished - submitted, 2),
        "allNodesGoneAfterJobSeconds": round(gone - finished, 2) if not workers_left else None,
        "rayVersion": ray.__version__,
    }


def launch_decided_at(submitted: float) -> float | None:
    """When the autoscaler's own log says that it adds nodes; the log is the only place that knows."""
    with open("/tmp/ray/session_latest/logs/monitor.log", encoding="utf8") as log:
        for line in log:
            if "Adding" in line and "node(s) of type" in line:
                moment = datetime.strptime(line.split("\t", 1)[0], "%Y-%m-%d %H:%M:%S,%f").timestamp()
                if moment >= submitted - 1:
                    return moment
    return None


if __name__ == "__main__":
    main()
