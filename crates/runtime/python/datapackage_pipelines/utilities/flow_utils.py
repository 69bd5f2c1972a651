"""Runs a flow of the library `dataflows` as a step."""
import sys

from .extended_json import LazyJsonLine
from .resources import PROP_STREAMING, streaming

try:
    from dataflows import Flow, load, update_package
    from dataflows.helpers.resource_matcher import ResourceMatcher
except ImportError as error:
    sys.exit("this step needs the Python library `dataflows`, which %s cannot import (%s); "
             "run `pip install dataflows` for it, or choose another Python with THORP_PYTHON"
             % (sys.executable, error))


def _plain(rows):
    for row in rows:
        yield row.inner if isinstance(row, LazyJsonLine) else row


def load_lazy_json(resources):
    """A step of a flow that makes plain dictionaries of the rows of `resources`."""

    def func(package):
        matcher = ResourceMatcher(resources, package.pkg)
        yield package.pkg
        for rows in package:
            yield _plain(rows) if matcher.match(rows.res.name) else rows

    return func


class MergeableStats:
    """The statistics of a flow, complete when its rows have passed, below those of the step."""

    def __init__(self, ds_stats, ctx_stats):
        self.ds_stats = ds_stats
        self.ctx_stats = ctx_stats

    def __iter__(self):
        for stats in self.ds_stats or ():
            yield from stats.items()
        yield from (self.ctx_stats or {}).items()


def spew_flow(flow, ctx):
    """Puts `flow` between the rows that come in and the rows that `ctx` writes at its end."""
    resources = ctx.datapackage.get("resources", [])
    still = {resource["name"] for resource in resources if not streaming(resource)}
    incoming = _one_per_resource(resources, ctx.resource_iterator)
    stream = Flow(
        update_package(**ctx.datapackage),
        load((ctx.datapackage, incoming)),
        flow,
    ).datastream()
    descriptor = stream.dp.descriptor
    for resource in descriptor["resources"]:
        # What the flow added streams too, even when the flow does not say so.
        if PROP_STREAMING not in resource and resource["name"] not in still:
            resource[PROP_STREAMING] = True
    ctx.datapackage = descriptor
    ctx.resource_iterator = _streaming_only(descriptor, stream.res_iter)
    ctx.stats = MergeableStats(stream.stats, ctx.stats)


def _one_per_resource(resources, iterators):
    iterators = iter(iterators)
    for resource in list(resources):
        yield _plain(next(iterators)) if streaming(resource) else iter(())


def _streaming_only(descriptor, iterators):
    names = {resource["name"] for resource in descriptor["resources"] if streaming(resource)}
    for rows in iterators:
        if rows.res.name in names:
            yield rows
        elif rows.it is not None:
            for _ in rows:
                pass
