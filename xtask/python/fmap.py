"""Calls a function with each item of a file of JSON lines, by Ray or Dask.

    python fmap.py ray|dask ITEMS RESULTS CORES

Both cut the items into chunks as they choose.
"""

import json
import sys


def increment(x):
    return x + 1


def with_ray(items, cores):
    import ray
    from ray.util.multiprocessing import Pool

    ray.init(num_cpus=cores, include_dashboard=False, log_to_driver=False)
    with Pool(cores) as pool:
        results = pool.map(increment, items)
    ray.shutdown()
    return results


def with_dask(items, cores):
    import dask.bag
    from dask.distributed import Client

    with Client(n_workers=cores, threads_per_worker=1, dashboard_address=None):
        return dask.bag.from_sequence(items).map(increment).compute()


if __name__ == "__main__":
    engine, items_path, results_path, cores = sys.argv[1:]
    with open(items_path) as lines:
        items = [json.loads(line) for line in lines]
    mapped = {"ray": with_ray, "dask": with_dask}[engine](items, int(cores))
    with open(results_path, "w") as out:
        for result in mapped:
            out.write(json.dumps(result) + "\n")
