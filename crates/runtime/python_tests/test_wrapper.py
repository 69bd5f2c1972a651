"""The protocol, its failures, and what user code may do inside a step."""
import gzip
import json
import subprocess
import sys
import unittest

from steps import ROWS, package, resource, run, stream

PASS = "from datapackage_pipelines.wrapper import process\nprocess()\n"
IMPORTS = """
import itertools, sys
from datapackage_pipelines.wrapper import (
    ProcessorContext, get_dependency_datapackage_url, ingest, process, spew)
"""
ONE = stream(package(resource("r")), ROWS, stats='{"before": 1}')
TWO = stream(package(resource("r"), resource("s")), ROWS, ROWS[:1], stats='{"before": 1}')


class Protocol(unittest.TestCase):

    def assert_fails(self, result, code, text):
        returned, stdout, stderr, _ = result
        self.assertEqual(returned, code, stderr)
        self.assertIn(text, stderr)
        self.assertFalse(stdout.rstrip().endswith('"before": 1}'), "statistics were forwarded")

    def test_rows_pass_byte_for_byte(self):
        code, out, _, _ = run(PASS, ONE)
        self.assertEqual(code, 0)
        self.assertEqual(out.split("\n")[3:6], ROWS)
        self.assertTrue(out.endswith('\n\n{"before": 1}\n'))

    def test_the_end_of_the_input_stands_for_missing_lines(self):
        descriptor = json.dumps(package())
        for missing in ["", "\n", "\n\n", "\n\nrogue\n"]:
            code, out, _, _ = run(PASS, "{}\n" + descriptor + missing)
            self.assertEqual((code, out.split("\n")[2:]), (0, ["", "{}", ""]))

    def test_no_input_at_all_is_exit_code_253(self):
        self.assertEqual(run(PASS, "")[0], 253)
        self.assertEqual(run(PASS, "{}\n")[0], 253)

    def test_a_rogue_line_in_place_of_the_descriptor_is_named(self):
        self.assert_fails(run(PASS, "{}\nhello\n"), 1, "rogue print statement")
        self.assert_fails(run(PASS, "{}\n[]\n"), 1, "not an object")
        self.assert_fails(run(PASS, '{}\n{"resources": [{"path": "_"}]}\n'), 1, "'name'")
        self.assert_fails(run(PASS, '{}\n{"resources": [{"name": "x"}]}\n'), 1, "'path' or 'data'")

    def test_the_first_step_reads_no_statistics(self):
        code, out, _, _ = run(PASS, ONE, index=0)
        self.assertEqual((code, out.endswith("\n\n{}\n")), (0, True))

    def test_a_failure_while_the_step_prepares_forwards_nothing(self):
        script = IMPORTS + "with ingest() as ctx:\n    raise KeyError('absent')\n"
        result = run(script, ONE)
        self.assert_fails(result, 1, "KeyError: 'absent'")
        self.assertEqual(result[1], "{}\n")

    def test_leaving_early_on_purpose_still_writes(self):
        code, out, _, _ = run(IMPORTS + "with ingest() as ctx:\n    sys.exit()\n", ONE)
        self.assertEqual((code, out.count("\n")), (0, 8))
        result = run(IMPORTS + "with ingest() as ctx:\n    sys.exit(4)\n", ONE)
        self.assert_fails(result, 4, "")

    def test_a_failing_row_is_named_and_ends_the_stream(self):
        script = IMPORTS + """
def process_row(row, *_):
    assert row['id'] != 2, 'two is bad'
    return row
process(process_row=process_row)
"""
        text = "row 2 of resource `r` failed: AssertionError: two is bad"
        self.assert_fails(run(script, ONE), 1, text)

    def test_print_inside_a_step_is_a_log_line(self):
        script = IMPORTS + """
with ingest() as ctx:
    print('hello')
    print('oh', file=sys.stderr)
"""
        code, out, err, _ = run(script, ONE)
        self.assertEqual((code, "hello" in out), (0, False))
        self.assertIn("INFO    :hello\nERROR   :oh\nINFO    :Processed 3 rows", err)

    def test_what_user_code_logs_has_the_form_of_our_own_lines(self):
        script = IMPORTS + """
with ingest() as ctx:
    import logging
    logging.debug('fine %d', 1)
    logging.getLogger('mine').warning('odd')
    print('100 %d')
    print('percent %', file=sys.stderr)
"""
        code, _, err, _ = run(script, ONE)
        self.assertEqual(code, 0)
        self.assertEqual(err, "DEBUG   :fine 1\nWARNING :odd\nINFO    :100 %d\n"
                              "ERROR   :percent %\nINFO    :Processed 3 rows\n")

    def test_too_few_resources_are_an_error(self):
        script = IMPORTS + "_, dp, res = ingest()\nspew(dp, list(res)[:1])\n"
        self.assert_fails(run(script, TWO), 1, "Expected to see 2 resource(s) but spewed 1")

    def test_rows_that_nobody_reads_are_skipped(self):
        script = IMPORTS + """
_, dp, res = ingest()
dp['resources'] = dp['resources'][1:]
spew(dp, list(res)[1:])
"""
        code, out, _, _ = run(script, TWO)
        self.assertEqual((code, out.split("\n", 2)[2]), (0, "\n" + ROWS[0] + '\n\n{"before": 1}\n'))
        script = script.replace("[1:]", "[:1]")
        code, out, _, _ = run(script, TWO)
        self.assertEqual((code, out.endswith(ROWS[2] + '\n\n{"before": 1}\n')), (0, True))

    def test_reading_backwards_is_refused_instead_of_mixing_rows(self):
        script = IMPORTS + "_, dp, res = ingest()\na, b = res\nspew(dp, [list(b), a])\n"
        self.assert_fails(run(script, TWO), 1, "read resources in order")

    def test_a_row_that_cannot_be_written_is_shown(self):
        script = IMPORTS + "process(process_row=lambda row, *_: {'x': object()})\n"
        self.assert_fails(run(script, ONE), 1, "Failed to encode row to JSON")

    def test_the_finalizer_runs_before_the_last_newline(self):
        script = IMPORTS + """
_, dp, res = ingest()
def finalizer():
    sys.stdout.write('<finalized>')
spew(dp, res, {'own': 2}, finalizer)
"""
        code, out, _, _ = run(script, ONE)
        self.assertEqual((code, out.endswith('{"before": 1, "own": 2}<finalized>\n')), (0, True))
        failing = script.replace("sys.stdout.write('<finalized>')", "raise OSError('disk')")
        code, out, _, _ = run(failing, ONE)
        self.assertEqual((code, out.endswith("}")), (1, True))

    def test_invalid_statistics_are_logged_and_dropped(self):
        for stats in ["oops", "[1]"]:
            code, out, err, _ = run(PASS, stream(package(), stats=stats))
            self.assertEqual((code, out.endswith("\n\n{}\n")), (0, True))
            self.assertIn("Failed to parse stats", err)
        self.assertEqual(run(PASS, stream(package(), stats="null"))[0], 0)

    def test_urls_of_dependencies_are_found(self):
        script = IMPORTS + """
with ingest() as ctx:
    ctx.stats['url'] = [get_dependency_datapackage_url(x) for x in ('./up', './other')]
"""
        text = stream(package(), dependencies='{"./up": "out/datapackage.json"}')
        self.assertTrue(run(script, text)[1].endswith('{"url": ["out/datapackage.json", null]}\n'))

    def test_the_context_unpacks_and_runs_its_callbacks(self):
        script = IMPORTS + """
with ingest() as ctx:
    parameters, datapackage, resources = ctx
    assert isinstance(ctx, ProcessorContext)
    assert parameters == {'a': 1} and datapackage is ctx.datapackage
    ctx.callback(lambda: sys.__stderr__.write('closed'))
"""
        code, _, err, _ = run(script, ONE, parameters={"a": 1})
        self.assertEqual((code, err.endswith("closed")), (0, True))

    def test_the_output_is_cached_without_dependencies(self):
        code, out, _, files = run(PASS, ONE, cache="abc")
        self.assertEqual(code, 0)
        self.assertEqual(gzip.decompress(files[".cache/abc"]).decode(), out.split("\n", 1)[1])
        self.assertNotIn(".cache/abc.ongoing", files)

    def test_rows_are_checked_against_their_schema_when_asked(self):
        self.assertEqual(run(PASS, ONE, validate=True)[0], 0)
        bad = stream(package(resource("r")), ROWS + ['{"id": "x"}'])
        self.assertEqual(run(PASS, bad)[0], 0)
        self.assert_fails(run(PASS, bad, validate=True), 1,
                          "Failed to validate row 4 of resource `r`")

    def test_a_line_of_ten_megabytes_passes(self):
        line = '{"id": 1, "name": "%s"}' % ("x" * 10_000_000)
        code, out, _, _ = run(PASS, stream(package(resource("r")), [line]))
        self.assertEqual((code, out.split("\n")[3] == line), (0, True))

    def test_a_reader_that_goes_away_ends_the_step_with_code_1(self):
        text = stream(package(resource("r")), [ROWS[0]] * 50_000)
        script = "import sys; sys.argv[1:] = ['1', '{}', 'False', '']\n" + PASS
        step = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        step.stdout.close()
        try:
            with step.stdin:
                step.stdin.write(text.encode())
        except BrokenPipeError:
            pass  # the step has gone away as well
        with step.stderr:
            stderr = step.stderr.read().decode()
        self.assertEqual(step.wait(), 1)
        self.assertIn("Output pipe disappeared!", stderr)
        self.assertNotIn("Traceback", stderr)

    def test_what_is_missing_here_comes_from_an_installed_copy(self):
        script = """
import sys
sys.path.append('site')
from datapackage_pipelines.lib import only_there
from datapackage_pipelines.wrapper import ingest
print(only_there.__file__, 'site' in ingest.__code__.co_filename)
"""
        files = [("site/datapackage_pipelines/lib/only_there.py", ""),
                 ("site/datapackage_pipelines/__init__.py", "raise ImportError('not this one')"),
                 ("site/datapackage_pipelines/lib/__init__.py", "")]
        code, out, err, _ = run(script, "", files=files)
        self.assertEqual(code, 0, err)
        self.assertIn("site/datapackage_pipelines/lib/only_there.py False", out)


if __name__ == "__main__":
    unittest.main()
