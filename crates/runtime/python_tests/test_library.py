"""The modules that processors and plug-ins import, one by one."""
import datetime
import json
import os
import tempfile
import unittest
import zipfile
from decimal import Decimal

import datapackage_pipelines
from datapackage_pipelines.generators import (
    SCHEDULE_MONTHLY, GeneratorBase, slugify, steps,
)
from datapackage_pipelines.utilities import resources
from datapackage_pipelines.utilities.durations import duration_isoformat, parse_duration
from datapackage_pipelines.utilities.json_schema import problems
from datapackage_pipelines.utilities.table_schema import CastError, RowCaster, cast
from datapackage_pipelines.utilities.tables import Package, ResourceMatcher
from steps import ROWS, package, resource, run, stream

SHIM = os.path.dirname(os.path.dirname(datapackage_pipelines.__file__))
CASES = os.path.join(os.environ.get("THORP_FIXTURES", "absent"), "dpp", "acceptance")


class Generators(unittest.TestCase):

    def test_steps_and_slugs(self):
        self.assertEqual(steps("a", ("b", {"x": 1}), ("c", {}, True)), [
            {"run": "a"}, {"run": "b", "parameters": {"x": 1}},
            {"run": "c", "parameters": {}, "cache": True}])
        for text, slug in [("Any Text", "Any-Text"), ("It's a dog's", "Its-a-dogs"),
                           ("\u00dcn\u00efcode Stra\u00dfe", "Unicode-Strasse"),
                           ("a__b--c", "a-b-c"), ("50% off!", "50-off"), ("", "")]:
            self.assertEqual(slugify(text), slug)
        self.assertEqual(slugify("One Two Three", to_lower=True, separator="_", max_length=8),
                         "one_two")
        self.assertEqual(SCHEDULE_MONTHLY, "0 0 1 * *")

    def test_a_generator_checks_its_description(self):
        class Generator(GeneratorBase):
            @classmethod
            def get_schema(cls):
                return {"type": "object", "properties": {"n": {"type": "integer"}}}

            @classmethod
            def generate_pipeline(cls, source, base):
                yield base + "/x", source

        self.assertEqual(list(Generator().internal_generate({"n": 1}, ".")), [("./x", {"n": 1})])
        self.assertIsNone(Generator().internal_generate({"n": "1"}, "."))

    def test_schemas_of_descriptions(self):
        schema = {
            "type": "object", "required": ["a"], "additionalProperties": False,
            "properties": {
                "a": {"oneOf": [{"type": "string", "pattern": "^x"}, {"$ref": "#/definitions/n"}]},
                "b": {"type": "array", "items": {"enum": [1, None]}, "maxItems": 2},
            },
            "definitions": {"n": {"type": "integer", "minimum": 1, "exclusiveMinimum": True}},
        }
        for value in [{"a": "xy"}, {"a": 2}, {"a": 2, "b": [1, None]}]:
            self.assertEqual(problems(schema, value), [])
        for value in [{}, [], {"a": "y"}, {"a": 1}, {"a": True}, {"a": 2, "b": [3]},
                      {"a": 2, "b": [1, 1, 1]}, {"a": 2, "c": 1}]:
            self.assertNotEqual(problems(schema, value), [], value)


class Tables(unittest.TestCase):

    def test_helpers_for_resources(self):
        inside, outside = {"schema": {}, "path": ["a.csv"]}, {"schema": {}, "path": "http://x"}
        self.assertTrue(resources.internal_tabular(inside))
        self.assertFalse(resources.internal_tabular(outside))
        self.assertTrue(resources.streamable({"dpp:streamedFrom": "x"}))

    def test_rows_are_cast_and_errors_say_where(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "a.csv"), "w", encoding="latin-1") as file:
                file.write("id;name\n1;\u00e9\n\nx;'b;c'\n")
            with open(os.path.join(folder, "datapackage.json"), "w", encoding="utf-8") as file:
                json.dump({"name": "p", "resources": [
                    {"name": "a", "path": "a.csv", "encoding": "latin-1",
                     "dialect": {"delimiter": ";", "quoteChar": "'"},
                     "schema": {"fields": [{"name": "id", "type": "integer"},
                                           {"name": "name", "type": "string"}]}},
                    {"name": "b", "data": [{"x": 1}, {"x": 2}]},
                    {"name": "c", "path": "../a.csv"}]}, file)
            loaded = Package(os.path.join(folder, "datapackage.json"))
            self.assertEqual(loaded.resource_names, ["a", "b", "c"])
            rows = loaded.get_resource("a").iter()
            self.assertEqual(next(rows), {"id": 1, "name": "\u00e9"})
            with self.assertRaisesRegex(CastError, "row 2 of resource `a`"):
                next(rows)
            self.assertEqual(loaded.get_resource("b").read(), [{"x": 1}, {"x": 2}])
            with self.assertRaisesRegex(ValueError, "leads out of the package"):
                loaded.get_resource("c").read()

    def test_resources_are_matched(self):
        descriptor = package(resource("one"), resource("two"))
        for wanted, matches in [(None, [True, True]), ("o.*", [True, False]), ("o", [False] * 2),
                                (["two"], [False, True]), (-1, [False, True])]:
            matcher = ResourceMatcher(wanted, descriptor)
            self.assertEqual([matcher.match(name) for name in ("one", "two")], matches)

    def test_constraints(self):
        def caster(constraints, kind="integer"):
            return RowCaster({"fields": [{"name": "x", "type": kind,
                                          "constraints": constraints}]})
        self.assertEqual(caster({"minimum": "5"}).cast_row(["5"]), [5])
        self.assertEqual(caster({"enum": ["1", "2"]}).cast_row([""]), [None])
        for constraints, value in [({"minimum": 5}, 4), ({"enum": ["1"]}, 2),
                                   ({"required": True}, ""), ({"exclusiveMaximum": 4}, 4)]:
            with self.assertRaises(CastError) as caught:
                caster(constraints).cast_row([value])
            self.assertEqual(len(caught.exception.errors), 1)
        with self.assertRaises(CastError):
            caster({"pattern": "a+"}, "string").cast_row(["aab"])

    def test_numbers_keep_their_digits(self):
        self.assertEqual(str(cast({"name": "x", "type": "number"}, " 1.50 ")), "1.50")
        field = {"name": "x", "type": "number", "groupChar": ".", "decimalChar": ",",
                 "bareNumber": False}
        self.assertEqual(cast(field, "-1.000,50 EUR"), Decimal("-1000.50"))


class LegacyDumpers(unittest.TestCase):

    FORMATTER = """
from datapackage_pipelines.lib.dump.file_formats import CSVFormat

class Tabs(CSVFormat):
    def prepare_resource(self, resource):
        super().prepare_resource(resource)
        resource['path'] = resource['path'][:-3] + 'tab'

    def initialize_file(self, file, headers):
        self.headers = headers
        file.write('\\t'.join(headers) + '\\n')
        return file

    def write_transformed_row(self, writer, row, fields):
        writer.write('\\t'.join(row[name] for name in self.headers) + '\\n')
"""
    EXPECTED = "id\tname\tprice\n1\ta\u00e9\t1.50\n2\tb\t\n3\t\t1E+3\n".encode()

    def dump(self, script, parameters):
        parameters = dict(parameters, format="tab", **{"file-formatters": {"tab": "mine.Tabs"}})
        runner = os.path.join(SHIM, "datapackage_pipelines", "lib", "dump", script)
        code, out, err, files = run("", stream(package(resource("r")), ROWS), runner=runner,
                                    parameters=parameters, files=[("mine.py", self.FORMATTER)])
        self.assertEqual(code, 0, err)
        return json.loads(out.split("\n")[-2]), files

    def test_formatters_beside_the_specification_are_used(self):
        stats, files = self.dump("to_path.py", {"out-path": "out"})
        self.assertEqual(files["out/data/r.tab"], self.EXPECTED)
        self.assertEqual(stats["count_of_rows"], 3)
        self.assertEqual(stats[".dpp"]["out-datapackage-url"], "out/datapackage.json")
        self.assertNotIn("dpp:streaming", files["out/datapackage.json"].decode())

    def test_an_archive_has_the_same_files(self):
        _, files = self.dump("to_zip.py", {"out-file": "out.zip"})
        with tempfile.TemporaryFile() as file:
            file.write(files["out.zip"])
            with zipfile.ZipFile(file) as archive:
                self.assertEqual(archive.read("data/r.tab"), self.EXPECTED)
                self.assertIn("datapackage.json", archive.namelist())


def plain(value):
    """A value of the fixtures, whose types are written as tags."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    for tag, read in {
        "$tuple": lambda items: tuple(plain(item) for item in items),
        "$decimal": Decimal, "$int": int, "$float": float, "$duration_iso": parse_duration,
        "$date": datetime.date.fromisoformat, "$time": datetime.time.fromisoformat,
        "$datetime": datetime.datetime.fromisoformat,
        "$duration_seconds": lambda text: datetime.timedelta(seconds=float(text)),
    }.items():
        if tag in value:
            return read(value[tag])
    return {key: plain(item) for key, item in value.items()}


@unittest.skipUnless(os.path.isdir(CASES), "THORP_FIXTURES does not name the fixtures")
class Acceptance(unittest.TestCase):

    # `any` needs a library that not every Python has; here GeoJSON is any object.
    LEFT_OUT = {("date", "any"), ("time", "any"), ("datetime", "any"), ("geojson", "default")}

    def test_values_are_cast_as_the_reference_casts_them(self):
        with open(os.path.join(CASES, "tableschema_py_1.21_types.json"), encoding="utf-8") as file:
            cases = json.load(file)["cases"]
        for case in cases:
            if (case["type"], case["format"]) in self.LEFT_OUT:
                continue
            field = dict(case.get("options") or {}, name="x", type=case["type"],
                         format=case["format"])
            with self.subTest(**case):
                value = plain(case["value"])
                if case["result"] == {"$error": True}:
                    self.assertRaises(CastError, cast, field, value)
                else:
                    self.assertEqual(comparable(cast(field, value)),
                                     comparable(plain(case["result"])))


def comparable(value):
    return duration_isoformat(value) if hasattr(value, "tdelta") else value


if __name__ == "__main__":
    unittest.main()
