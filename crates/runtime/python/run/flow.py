"""A step that is a flow: `flow(parameters, datapackage, resources, stats)` of a user's module.

The parameters `__flow` (the name of the module) and `__path` (its folder) say which one.
"""
import importlib.util
import os
import sys

# This folder comes first on the path, and a user's module may be called as a file in it.
sys.path.pop(0)

from datapackage_pipelines.utilities.flow_utils import spew_flow  # noqa: E402
from datapackage_pipelines.wrapper import ingest  # noqa: E402


def load(name, folder):
    """The module `name` of `folder`, also when another module has that name."""
    sys.path.append(folder)
    file = os.path.join(folder, name + ".py")
    if not os.path.isfile(file):
        return importlib.import_module(name)
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def main():
    with ingest() as ctx:
        folder = os.path.abspath(ctx.parameters.pop("__path", "."))
        module = load(ctx.parameters.pop("__flow"), folder)
        ctx.parameters.pop("__flow_hash", None)
        flow = module.flow(ctx.parameters, ctx.datapackage, ctx.resource_iterator, ctx.stats)
        spew_flow(flow, ctx)


if __name__ == "__main__":
    main()
