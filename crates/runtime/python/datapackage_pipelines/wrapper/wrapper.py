"""Reads what the step before wrote, lets user code change it, and writes it for the next step.

The stream: a line of dependencies, a line with the descriptor, then per streaming resource an
empty line and its rows, then an empty line and the statistics. The last newline is written after
the finalizer ran, so that a reader may take it as "committed". After an error nothing is written.
"""
import os
import sys
from contextlib import ExitStack, redirect_stderr, redirect_stdout

from ..utilities import logs
from ..utilities.extended_json import encode_row, json
from ..utilities.resources import streaming
from .input_processor import process_input, read_line

if sys.version_info < (3, 8):
    sys.exit("Python 3.8 or later is needed, this is %d.%d; choose one with THORP_PYTHON"
             % sys.version_info[:2])
if hasattr(sys, "set_int_max_str_digits"):
    sys.set_int_max_str_digits(0)  # whole numbers have no bound in a table
if hasattr(sys.stdin, "reconfigure"):
    sys.stdin.reconfigure(encoding="utf-8")
if hasattr(sys.stdout, "reconfigure"):
    # Also where PYTHONUNBUFFERED is set, a row shall not cost a system call.
    sys.stdout.reconfigure(encoding="utf-8", line_buffering=False, write_through=False)

cache = ""
first = True
stdout = sys.stdout

dependency_datapackage_urls = {}
_incoming = []


def get_dependency_datapackage_url(pipeline_id):
    """The URL of the package that the pipeline with this id wrote, or None."""
    return dependency_datapackage_urls.get(pipeline_id)


def ingest(debug=False):
    """Reads the arguments and the descriptor; rows are read when they are iterated over."""
    global cache, first
    parameters, validate = None, False
    if len(sys.argv) > 4:
        first = sys.argv[1] == "0"
        parameters = json.loads(sys.argv[2])
        validate = sys.argv[3] == "True"
        cache = sys.argv[4]
    try:
        datapackage, resources, dependencies = process_input(sys.stdin, validate, debug)
    except BrokenPipeError:
        _end_for_lack_of_a_reader()
    dependency_datapackage_urls.update(dependencies or {})
    _incoming[:] = resources
    return ProcessorContext(parameters, datapackage, iter(resources))


def spew(dp, resources_iterator, stats=None, finalizer=None):
    """Writes the descriptor, all rows and the statistics, then runs `finalizer`."""
    outputs = [stdout]
    cache_file = os.path.join(".cache", cache) if cache else None
    if cache_file:
        import gzip
        os.makedirs(".cache", exist_ok=True)
        outputs.append(gzip.open(cache_file + ".ongoing", "wt", encoding="utf-8"))
    try:
        row_count = _write_package(outputs, dp, resources_iterator)
        _write(outputs, "\n" + _dumps(_merged_stats(stats)))
        stdout.flush()
    except BrokenPipeError:
        _end_for_lack_of_a_reader()
    if row_count > 0:
        logs.info("Processed %d rows", row_count)
    if finalizer is not None:
        finalizer()
    try:
        _write(outputs, "\n")
        stdout.flush()
    except BrokenPipeError:
        _end_for_lack_of_a_reader()
    if cache_file:
        outputs[1].close()
        os.replace(cache_file + ".ongoing", cache_file)


def _write_package(outputs, dp, resources_iterator):
    _write(outputs, _dumps(dp) + "\n")
    stdout.flush()
    expected = sum(1 for resource in dp.get("resources", []) if streaming(resource))
    seen = row_count = 0
    for rows in resources_iterator:
        if getattr(rows, "it", rows) is None:
            continue  # a resource of dataflows that has been taken out of the stream
        seen += 1
        _write(outputs, "\n")
        row_count += _write_rows(outputs, rows)
    if seen != expected:
        logs.error("Expected to see %d resource(s) but spewed %d", expected, seen)
        raise AssertionError("the descriptor has %d streaming resources, %d were written"
                             % (expected, seen))
    return row_count


def _write_rows(outputs, rows):
    count = 0
    try:
        for row in rows:
            try:
                line = encode_row(row)
            except TypeError as error:
                logs.error("Failed to encode row to JSON: %s\nOffending row: %r", error, row)
                raise
            for output in outputs:
                output.write(line + "\n")
            count += 1
    except Exception as error:
        # Errors of casting, ours and those of tableschema, list what was wrong with the row.
        for detail in getattr(error, "errors", None) or ():
            logs.error("Failed to cast row: %s", detail)
        raise
    return count


def _write(outputs, text):
    for output in outputs:
        output.write(text)


def _dumps(value):
    return json.dumps(value, sort_keys=True, ensure_ascii=True)


def _merged_stats(own):
    """The statistics of the steps before, overlaid with those of this step."""
    merged = {}
    if not first:
        for rows in _incoming:
            rows.skip_rest()
        line = read_line(sys.stdin)
        if line:
            try:
                incoming = json.loads(line)
            except json.JSONDecodeError:
                incoming = line
            if isinstance(incoming, dict):
                merged = incoming
            elif incoming is not None:
                logs.error("Failed to parse stats: %r", line)
    if own is not None:
        merged.update(own)
    return merged


def _end_for_lack_of_a_reader():
    logs.error("Output pipe disappeared!")
    sys.stderr.flush()
    # What is still buffered would fail again, louder, when the interpreter ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), stdout.fileno())
    sys.exit(1)


class _LogWriter:
    """Turns what is printed into log lines, since stdout belongs to the protocol."""

    def __init__(self, log):
        self.log = log

    def write(self, message):
        text = message.strip()
        if text:
            self.log("%s", text)
        return len(message)

    def flush(self):
        pass


class ProcessorContext(ExitStack):
    """What a processor works on; leaving the `with` block writes it to the next step."""

    def __init__(self, parameters, datapackage, resource_iterator):
        super().__init__()
        self.parameters = parameters
        self.datapackage = datapackage
        self.resource_iterator = resource_iterator
        self.stats = {}

    def __iter__(self):
        return iter((self.parameters, self.datapackage, self.resource_iterator))

    def __enter__(self):
        super().__enter__()
        self.enter_context(redirect_stdout(_LogWriter(logs.info)))
        self.enter_context(redirect_stderr(_LogWriter(logs.error)))
        return self

    def __exit__(self, kind, error, trace):
        details = (kind, error, trace)
        try:
            if kind is None or (kind is SystemExit and error.code in (None, 0)):
                spew(self.datapackage, self.resource_iterator, stats=self.stats)
        except BaseException:
            details = sys.exc_info()
            raise
        finally:
            super().__exit__(*details)


def process(modify_datapackage=None, process_row=None, debug=False):
    """Runs a processor that is two functions: one for the descriptor and one for each row."""
    with ingest(debug=debug) as ctx:
        if modify_datapackage is not None:
            ctx.datapackage = modify_datapackage(ctx.datapackage, ctx.parameters, ctx.stats)
        if process_row is not None:
            ctx.resource_iterator = generic_process_resources(
                ctx.resource_iterator, ctx.parameters, ctx.stats, process_row)


def generic_process_resources(resource_iterator, parameters, stats, process_row):
    for resource_index, rows in enumerate(resource_iterator):
        yield generic_process_resource(
            rows, rows.spec, resource_index, parameters, stats, process_row)


def generic_process_resource(rows, spec, resource_index, parameters, stats, process_row):
    for row_index, row in enumerate(rows):
        try:
            row = process_row(row, row_index, spec, resource_index, parameters, stats)
        except Exception as error:
            logs.error("row %d of resource `%s` failed: %s: %s", row_index + 1,
                       spec.get("name"), type(error).__name__, error)
            raise
        if row is not None:
            yield row
