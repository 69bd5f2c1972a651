"""Runs small processors as steps, under these modules or under the reference."""
import json
import os
import subprocess
import sys
import tempfile

SCHEMA = {"fields": [
    {"name": "id", "type": "integer"},
    {"name": "name", "type": "string"},
    {"name": "price", "type": "number"},
]}
ROWS = [
    '{"id": 1, "name": "a\\u00e9", "price": {"type{decimal}": "1.50"}}',
    '{"price":null,"name" : "b",  "id": 2}',
    '{"id": 3, "name": null, "price": {"type{decimal}": "1E+3"}}',
]


def resource(name, **more):
    return dict({"name": name, "path": "data/%s.csv" % name, "dpp:streaming": True,
                 "schema": json.loads(json.dumps(SCHEMA))}, **more)


def package(*resources):
    return {"name": "pkg", "resources": list(resources)}


def stream(descriptor, *tables, stats="{}", dependencies="{}"):
    """The text that a step reads: each table is a list of lines."""
    parts = [dependencies + "\n" + json.dumps(descriptor) + "\n"]
    parts += ["\n" + "".join(line + "\n" for line in table) for table in tables]
    return "".join(parts) + "\n" + stats + "\n"


REFERENCE = os.environ.get("THORP_DPP_PYTHON")


def run(script, text, index=1, parameters=None, validate=False, cache="", python=None, files=(),
        runner=None, modules=""):
    """Returns exit code, stdout, stderr and the files that were there at the end.

    `script` is the text of the step, unless `runner` is the path of a script that runs it. Another
    `python` finds its own modules, unless `modules` names a folder.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "step.py")
        for name, content in [("step.py", script)] + list(files):
            os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
            with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as file:
                file.write(content)
        environment = dict(os.environ)
        if python is not None:
            environment["PYTHONPATH"] = modules
        done = subprocess.run(
            [python or sys.executable, runner or path, str(index), json.dumps(parameters or {}),
             str(validate), cache],
            input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder,
            env=environment, check=False, timeout=120)
        found = {}
        for place, _, names in os.walk(folder):
            for name in names:
                with open(os.path.join(place, name), "rb") as file:
                    found[os.path.relpath(os.path.join(place, name), folder)] = file.read()
        # Paths of the folder, which has another name each time, are written as `FOLDER`.
        stdout, stderr = (text.decode().replace(os.path.realpath(folder), "FOLDER")
                          for text in (done.stdout, done.stderr))
        return done.returncode, stdout, stderr, found
