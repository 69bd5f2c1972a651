"""The reading half of the protocol."""
import sys

from ..utilities import logs
from ..utilities.extended_json import json
from ..utilities.resources import streaming


def read_line(infile):
    return infile.readline().strip()


def read_json(infile, proxy=False):
    """One line of JSON. Nothing at all means that the step before died: exit code 253."""
    line = read_line(infile)
    if line == "":
        sys.exit(-3)
    if proxy:
        print(line)
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        logs.error("Failed to decode line %r\n"
                   "Perhaps there's a rogue print statement somewhere?", line)
        sys.exit(1)


def process_input(infile, validate=False, debug=False):
    """Returns the descriptor, an iterator of rows per streaming resource, the dependencies."""
    dependencies = read_json(infile, True)
    dp = read_json(infile)
    check_descriptor(dp)
    read_line(infile)
    resources = []
    for spec in dp.get("resources", []):
        if streaming(spec):
            before = resources[-1] if resources else None
            resources.append(ResourceIterator(infile, spec, spec, validate, debug, before))
    return dp, resources, dependencies


def check_descriptor(dp):
    """Refuses what no step could work on."""
    problem = _problem(dp)
    if problem:
        logs.info("FAILED TO VALIDATE %r", dp)
        logs.error("Data Package validation error: %s", problem)
        raise ValueError("Data Package validation error: " + problem)


def _problem(dp):
    if not isinstance(dp, dict):
        return "the descriptor is not an object"
    resources = dp.get("resources", [])
    if not isinstance(resources, list):
        return "`resources` is not a list"
    for index, resource in enumerate(resources):
        place = 'dp["resources"][%d]' % index
        if not isinstance(resource, dict):
            return place + " is not an object"
        if not isinstance(resource.get("name"), str):
            return "'name' is a required property at " + place
        if "path" not in resource and "data" not in resource:
            return "'path' or 'data' is a required property at " + place
    return None


class ResourceIterator:
    """The rows of one resource; `spec` is its descriptor inside the package."""

    def __init__(self, infile, spec, orig_spec, validate=False, debug=False, before=None):
        self.spec = spec
        self.infile = infile
        self.debug = debug
        self.stopped = False
        self.skipped = False
        self.row_number = 0
        self.before = before
        schema = orig_spec.get("schema") or {}
        self.field_names = [field.get("name") for field in schema.get("fields", [])]
        self.validator = None
        if validate:
            from ..utilities.table_schema import RowCaster
            self.validator = RowCaster(schema)

    def __iter__(self):
        return self

    def __next__(self):
        if self.before is not None:
            self.before.skip_rest()
            self.before = None
        if self.skipped:
            raise RuntimeError("rows of resource `%s` are gone: a later resource was read first; "
                               "read resources in order" % self.spec.get("name"))
        if self.stopped:
            raise StopIteration
        line = read_line(self.infile)
        if self.debug:
            logs.error("INGESTING: %r", line)
        if not line:
            self.stopped = True
            raise StopIteration
        self.row_number += 1
        row = json.loadl(line)
        if self.validator is not None:
            self.check(row)
        return row

    next = __next__

    def check(self, row):
        from ..utilities.table_schema import CastError
        try:
            self.validator.cast_row([row.get(name) for name in self.field_names])
        except CastError as error:
            logs.error("Failed to validate row %d of resource `%s`: %s",
                       self.row_number, self.spec.get("name"), error)
            for number, detail in enumerate(error.errors, 1):
                logs.error("%d) %s", number, detail)
            raise ValueError("Casting failed for row %r" % row) from error

    def skip_rest(self):
        """Reads past the rows that nobody wanted, so that what follows is where it should be."""
        if self.before is not None:
            self.before.skip_rest()
            self.before = None
        while not self.stopped:
            if read_line(self.infile):
                self.skipped = True
            else:
                self.stopped = True
