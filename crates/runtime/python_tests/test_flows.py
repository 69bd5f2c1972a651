"""Steps that are flows of `dataflows`, which the Python of THORP_DPP_PYTHON has."""
import json
import os
import subprocess
import unittest

import datapackage_pipelines
from steps import REFERENCE, ROWS, package, resource, run, stream

SHIM = os.path.dirname(os.path.dirname(datapackage_pipelines.__file__))
RUNNER = os.path.join(SHIM, "run", "flow.py")
TEXT = stream(package(resource("r"), resource("s")), ROWS, ROWS[:1], stats='{"before": 1}')
FLOW = """
from dataflows import Flow, add_field, filter_rows

def flow(parameters, datapackage, resources, stats):
    stats['mine'] = parameters['x']
    print('hello')
    return Flow(
        filter_rows(lambda row: row['id'] != 2, resources='r'),
        add_field('double', 'number', resources='r'),
        double,
    )

def double(package):
    yield package.pkg
    for rows in package:
        if rows.res.name == 'r':
            yield (dict(row, double=(row['price'] or 0) * 2) for row in rows)
        else:
            yield rows
"""
ADDING = """
from dataflows import Flow, sort_rows

def flow(parameters, datapackage, resources, stats):
    return Flow(sort_rows('{name}', resources='s'), [{'n': 1}, {'n': 2}])
"""


@unittest.skipUnless(REFERENCE, "THORP_DPP_PYTHON is not set")
class Flows(unittest.TestCase):

    def flow(self, text, name="flow", stdin=TEXT, runner=RUNNER, modules=SHIM):
        return run("", stdin, parameters={"__flow": name, "__path": ".", "x": 5},
                   files=[(name + ".py", text)], python=REFERENCE, runner=runner,
                   modules=modules)

    def test_a_flow_gives_the_rows_and_statistics_of_the_reference(self):
        folder = subprocess.run(
            [REFERENCE, "-c", "import datapackage_pipelines.lib as x; print(*x.__path__)"],
            stdout=subprocess.PIPE, check=True, env={}).stdout.decode().strip()
        own = self.flow(FLOW, name="my_flow")
        reference = self.flow(FLOW, name="my_flow", modules="",
                              runner=os.path.join(folder, "flow.py"))
        self.assertEqual((own[0], reference[0]), (0, 0), own[2] + reference[2])
        self.assertEqual(values(own[1]), values(reference[1]))
        self.assertIn("INFO    :hello", own[2])

    def test_a_module_may_be_called_as_the_runner(self):
        for name in ("flow", "generate"):
            code, _, err, _ = self.flow(FLOW, name=name)
            self.assertEqual(code, 0, err)

    def test_resources_that_a_flow_adds_stream(self):
        still = {"name": "still", "path": "x.pdf"}
        text = stream(package(still, resource("s")), ROWS[1::-1])
        code, out, err, _ = self.flow(ADDING, stdin=text)
        self.assertEqual(code, 0, err)
        lines = values(out)
        streaming = [bool(r.get("dpp:streaming")) for r in lines[1]["resources"]]
        self.assertEqual(streaming, [False, True, True])
        self.assertEqual([row["name"] for row in lines[3:5]], ["a\u00e9", "b"])
        self.assertEqual(lines[6:8], [{"n": 1}, {"n": 2}])

    def test_a_flow_that_cannot_be_built_forwards_nothing(self):
        text = "def flow(*args):\n    raise ValueError('no such field')\n"
        code, out, err, _ = self.flow(text)
        self.assertEqual((code, out), (1, "{}\n"))
        self.assertIn("no such field", err)


def values(text):
    return [json.loads(line) if line else None for line in text.split("\n")]


if __name__ == "__main__":
    unittest.main()
