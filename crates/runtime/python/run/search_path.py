"""Prints the folders in which this interpreter finds installed packages, as a JSON list.

It is started with -I and -S: nothing that is installed runs. The lines of `.pth` files that name
folders count; those that are code do not.
"""
import json
import os
import site
import sys


def add_named_folders(folder, name, known_paths):
    """Stands in for `site.addpackage`, which runs code."""
    try:
        with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
            lines = [line.strip() for line in file]
    except OSError:
        return known_paths
    for line in lines:
        if line and not line.startswith(("#", "import ", "import\t")):
            path = os.path.abspath(os.path.join(folder, line))
            if path not in sys.path and os.path.isdir(path):
                sys.path.append(path)
    return known_paths


site.addpackage = add_named_folders
known = site.removeduppaths()
known = site.venv(known)
# `venv` says False when the environment keeps the packages of the user out.
if site.ENABLE_USER_SITE is not False and not os.environ.get("PYTHONNOUSERSITE"):
    user = site.getusersitepackages()
    if os.path.isdir(user):
        site.addsitedir(user, known)
site.addsitepackages(known)
print(json.dumps(sys.path))
