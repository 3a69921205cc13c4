"""The main job: counts the primes below a limit in chunks, more of them at once than there are CPUs.

Prints one JSON line with the count (checked by whoever submitted it), and when and where each task ran.
"""

import json
import os
import sys
import time

import ray

LIMIT = 2_000_000
CHUNKS = int(os.environ.get("CHUNKS", "12"))
HOLD_SECONDS = float(os.environ.get("HOLD_SECONDS", "4"))


@ray.remote(num_cpus=1)
def count_primes(low: int, high: int) -> dict:
    started = time.time()
    roots = [p for p in range(2, int(high**0.5) + 1) if all(p % q for q in range(2, int(p**0.5) + 1))]
    composite = bytearray(high - low)
    for p in roots:
        first = max(p * p, (low + p - 1) // p * p)
        composite[first - low :: p] = b"\x01" * len(range(first, high, p))
    # The chunk is done in milliseconds; holding the CPU makes the tasks overlap as long ones would.
    time.sleep(max(0.0, HOLD_SECONDS - (time.time() - started)))
    return {
        "primes": composite.count(0) - sum(1 for n in (0, 1) if low <= n < high),
        "started": started,
        "ended": time.time(),
        "instance": os.environ.get("RAY_CLOUD_INSTANCE_ID", ""),
    }


def main() -> None:
    ray.init(log_to_driver=False)
    asked = time.time()
    size = -(-LIMIT // CHUNKS)
    chunks = ray.get([count_primes.remote(low, min(low + size, LIMIT)) for low in range(0, LIMIT, size)])
    print(
        json.dumps(
            {
                "asked": asked,
                "done": time.time(),
                "result": sum(chunk["primes"] for chunk in chunks),
                "tasks": [{key: chunk[key] for key in ("started", "ended", "instance")} for chunk in chunks],
            }
        )
    )


if __name__ == "__main__":
    sys.exit(main())
