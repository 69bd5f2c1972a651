"""Runs the pipelines of a spec with the processors of datapackage-pipelines.

    python reference.py FOLDER RESULTS

`dpp run` starts a Python for each step, which takes half a second to import what it needs.
Here one Python imports it once and forks: each step is a process of its own with the arguments,
the working folder and the pipes that `dpp run` gives it.
FOLDER holds `pipeline-spec.yaml`, written as JSON. RESULTS gets, for each pipeline,
`{"success", "rows", "stats", "error"}`.
"""

import atexit
import gc
import json
import os
import re
import runpy
import sys
import tempfile
import traceback

import chardet
import dataflows  # noqa: F401  imported once for all steps
import datapackage_pipelines
from datapackage_pipelines import wrapper  # noqa: F401
from datapackage_pipelines.utilities import flow_utils  # noqa: F401
from datapackage.profile import Profile

# Holds the profiles that are shipped against the schema of schemas, which is most of the work of a
# small step and never fails.
Profile._check_schema = lambda profile: None

LIBRARY = os.path.join(os.path.dirname(datapackage_pipelines.__file__), "lib")
AT_ONCE = 2
EXCEPTION = re.compile(r"[\w.]+(Error|Exception|Exit|NotFound)\b(?! during)")


class Step(Exception):
    """Leaves the loop of the parent in a child that is to become a step."""

    def __init__(self, script, arguments):
        self.script = script
        self.arguments = arguments


class Pipeline:
    """One pipeline that runs: its processes, and the files with what they say."""

    def __init__(self, folder, steps):
        self.out = tempfile.TemporaryFile()
        self.errors = []
        self.codes = {}
        before, feed = os.pipe()
        os.write(feed, b'{}\n{"name": "_", "resources": []}\n')
        os.close(feed)
        for index, step in enumerate(steps):
            errors = tempfile.TemporaryFile()
            if index + 1 < len(steps):
                after, output = os.pipe()
            else:
                after, output = None, os.dup(self.out.fileno())
            process = os.fork()
            if process == 0:
                os.dup2(before, 0)
                os.dup2(output, 1)
                os.dup2(errors.fileno(), 2)
                os.closerange(3, 256)
                os.chdir(folder)
                script = os.path.join(LIBRARY, step["run"].replace(".", "/") + ".py")
                parameters = json.dumps(step.get("parameters", {}))
                raise Step(script, [str(index), parameters, "False", ""])
            os.close(before)
            os.close(output)
            before = after
            self.errors.append(errors)
            self.codes[process] = None

    def result(self):
        success = all(code == 0 for code in self.codes.values())
        self.out.seek(0)
        lines = self.out.read().decode().split("\n")
        result = {"success": success, "rows": 0, "stats": None, "error": ""}
        if success:
            result["rows"] = sum(1 for line in lines[2:-2] if line)
            result["stats"] = json.loads(lines[-2])
        else:
            result["error"] = "\n".join(sum(map(exceptions, self.errors), []))
        return result


def exceptions(errors):
    """The lines of a log that tell which exceptions there were."""
    errors.seek(0)
    lines = errors.read().decode(errors="replace").split("\n")
    lines = [line.removeprefix("ERROR   :").strip() for line in lines]
    return [line[:500] for line in lines if EXCEPTION.match(line)]


def run_all(folder):
    with open(os.path.join(folder, "pipeline-spec.yaml")) as spec:
        waiting = list(json.load(spec).items())
    waiting.reverse()
    running, results = {}, {}
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            name, details = waiting.pop()
            running[name] = Pipeline(folder, details["pipeline"])
        process, status = os.wait()
        for name, pipeline in list(running.items()):
            if process in pipeline.codes:
                pipeline.codes[process] = os.waitstatus_to_exitcode(status)
            if None not in pipeline.codes.values():
                results[name] = pipeline.result()
                del running[name]
    return results


def main():
    folder, path = map(os.path.abspath, sys.argv[1:])
    chardet.detect("é".encode())
    gc.freeze()
    try:
        results = run_all(folder)
    except Step as step:
        become(step)
    with open(path, "w") as file:
        json.dump(results, file)


def become(step):
    sys.argv = [step.script, *step.arguments]
    sys.path[0] = os.path.dirname(step.script)
    code = 0
    try:
        runpy.run_path(step.script, run_name="__main__")
    except SystemExit as end:
        code = end.code or 0
    except Exception:
        traceback.print_exc()
        code = 1
    # Taking down all that was imported would take longer than most steps.
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code % 256)


main()
