"""Adds resources of another data package. Subclasses change that package on its way."""
import copy
import itertools
import logging

from datapackage_pipelines.utilities.resources import (
    PROP_STREAMED_FROM, PROP_STREAMING, tabular,
)
from datapackage_pipelines.utilities.tables import Package, ResourceMatcher
from datapackage_pipelines.wrapper import get_dependency_datapackage_url, ingest, spew

_DEPENDENCY = "dependency://"


def progress_logger(rows, log_progress_rows):
    for count, row in enumerate(rows, 1):
        yield row
        if count % log_progress_rows == 0:
            logging.info("loaded %d rows", count)


class ResourceLoader:

    def __init__(self):
        self.parameters, self.dp, self.res_iter = ingest()

    def __call__(self):
        package = self._open()
        selected = []
        found = False
        if package is not None:
            package = self.process_datapackage(package)
            wanted = self._selection()
            for index, resource in enumerate(package.resources):
                if wanted(index, resource.descriptor.get("name")):
                    found = True
                    selected.extend(self._add(resource))
        if not found and self.parameters.get("required", True):
            raise AssertionError("Failed to find resource with index or name matching %r" % (
                self.parameters.get("resource") or list(self.parameters["resources"])))
        spew(self.dp, itertools.chain(self.res_iter, selected))

    def process_datapackage(self, dp_):
        return dp_

    def _open(self):
        url = self.parameters["url"]
        if url.startswith(_DEPENDENCY):
            dependency = url[len(_DEPENDENCY):].strip()
            url = get_dependency_datapackage_url(dependency)
            if url is None:
                raise AssertionError(
                    "Failed to fetch output datapackage for dependency '%s'" % dependency)
        try:
            return Package(url)
        except Exception:
            if self.parameters.get("required", True):
                raise
            return None

    def _selection(self):
        resource = self.parameters.get("resource")
        resources = self.parameters.get("resources")
        if (resource is None) == (not resources):
            raise AssertionError("exactly one of `resource` and `resources` is needed")
        if isinstance(resource, int):
            return lambda index, name: index == resource
        matcher = ResourceMatcher(resource if resource is not None else list(resources), self.dp)
        return lambda index, name: matcher.match(name)

    def _add(self, resource):
        """Adds the descriptor to the package; the rows, in a list, when they shall stream."""
        descriptor = copy.deepcopy(resource.descriptor)
        descriptor[PROP_STREAMED_FROM] = resource.source
        descriptor.update((self.parameters.get("resources") or {}).get(descriptor["name"], {}))
        self.dp["resources"].append(descriptor)
        descriptor[PROP_STREAMING] = tabular(descriptor) and self.parameters.get("stream", True)
        if not descriptor[PROP_STREAMING]:
            return []
        rows = resource.iter(keyed=True)
        if self.parameters.get("limit-rows"):
            rows = itertools.islice(rows, self.parameters["limit-rows"])
        if self.parameters.get("log-progress-rows"):
            rows = progress_logger(rows, self.parameters["log-progress-rows"])
        return [rows]


if __name__ == "__main__":
    ResourceLoader()()
