"""The Python side of the processor protocol, as thorp ships it.

Processors written for datapackage-pipelines import these modules. Only the standard library is
needed. This copy is found before an installed one; what it lacks is taken from the installed one.
"""
import os
import sys

__version__ = "2.2.11"


def installed_too(package_path, *parts):
    """The folders of `package_path`, then those of an installed copy of the same package."""
    own = os.path.realpath(package_path[0])
    folders = list(package_path)
    for entry in sys.path:
        folder = os.path.join(entry, "datapackage_pipelines", *parts)
        if os.path.isdir(folder) and os.path.realpath(folder) != own:
            folders.append(folder)
    return folders


__path__ = installed_too(__path__)
