"""The same small processors write the same bytes under the reference.

THORP_DPP_PYTHON names a Python with datapackage-pipelines 2.2.11; without it nothing is compared.
"""
import gzip
import unittest

from steps import REFERENCE, ROWS, package, resource, run, stream

PROCESS = "from datapackage_pipelines.wrapper import process\n"
INGEST = "from datapackage_pipelines.wrapper import ingest, spew\n"
TYPED_SCHEMA = {"fields": [{"name": name, "type": name} for name in (
    "integer", "number", "boolean", "date", "time", "datetime", "duration", "array", "object",
    "year", "yearmonth", "geopoint", "any")]}
TYPED_ROW = (
    '{"integer": 123456789012345678901234567890, "number": {"type{decimal}": "-0.10"}, '
    '"boolean": true, "date": {"type{date}": "0999-01-02"}, "time": {"type{time}": "10:11:12"}, '
    '"datetime": {"type{datetime}": "2020-12-31 10:11:12"}, '
    '"duration": {"type{duration}": "P1Y2M3DT4H5M6S"}, "array": [1, {"a": 2.50}, null], '
    '"object": {"z": {"type{decimal}": "NaN"}, "a": NaN}, "year": 2020, "yearmonth": [2020, 7], '
    '"geopoint": [{"type{decimal}": "10"}, {"type{decimal}": "20.5"}], '
    '"any": {"type{set}": [3]}}')
TYPED = stream(package(resource("typed", schema=TYPED_SCHEMA)), [TYPED_ROW], stats='{"b": 1}')
ONE = stream(package(resource("r"), {"name": "still", "path": "http://x/y.pdf"}), ROWS,
             stats='{"before": {"type{decimal}": "1.0"}, "same": 1}')
TWO = stream(package(resource("r"), resource("s", title="T\u00e9")), ROWS, ROWS[:1])

DROP = PROCESS + """
def modify_datapackage(dp, parameters, stats):
    dp['resources'][0]['schema']['fields'].append({'name': 'twice', 'type': 'integer'})
    dp['title'] = parameters['title']
    stats['dropped'] = 0
    return dp

def process_row(row, row_index, spec, resource_index, parameters, stats):
    if row['id'] == 2:
        stats['dropped'] += 1
        return None
    row['twice'] = row['id'] * 2
    row['where'] = [row_index, resource_index, spec['name']]
    return row

process(modify_datapackage=modify_datapackage, process_row=process_row)
"""
OLD_STYLE = INGEST + """
parameters, datapackage, resource_iterator = ingest()
datapackage['resources'].append({
    'name': 'new', 'path': '_', 'dpp:streaming': True,
    'schema': {'fields': [{'name': 'n', 'type': 'integer'}]}})

def resources(res_iter):
    for res in res_iter:
        yield res
    yield ({'n': n} for n in range(3))

spew(datapackage, resources(resource_iterator), {'same': 2, 'list': [1, 2]})
"""
FINALIZER = INGEST + """
import sys
_, dp, res = ingest()
spew(dp, res, {'x': 1}, finalizer=lambda: sys.stdout.write('committed'))
"""
NEW_VALUES = PROCESS + """
import datetime, decimal
def process_row(row, *_):
    row['new'] = {
        'decimal': decimal.Decimal('1.20E+5'), 'date': datetime.date(50, 1, 2),
        'datetime': datetime.datetime(2020, 1, 2, 3, 4, 5), 'time': datetime.time(1, 2),
        'duration': datetime.timedelta(days=1, hours=2, microseconds=1500),
        'negative': -datetime.timedelta(hours=30), 'none': datetime.timedelta(0),
        'tuple': (1, 'x'), 'float': 1e16, 'text': 'h\\u00e9\\U0001f600',
    }
    return row
process(process_row=process_row)
"""
CONTEXT = INGEST + """
with ingest() as ctx:
    ctx.datapackage['resources'] = [r for r in ctx.datapackage['resources'] if r['name'] != 's']
    def rows(it):
        for res in it:
            if res.spec['name'] == 's':
                for row in res: pass
            else:
                yield (dict(row, extra=str(row['name'])) for row in res)
    ctx.resource_iterator = rows(ctx.resource_iterator)
    ctx.stats['mine'] = None
    print('a log line')
"""
LOOKING = PROCESS + """
def process_row(row, *_):
    assert row['id'] and list(row.items()) and 'name' in row
    return row
process(process_row=process_row)
"""
HELPERS = PROCESS + """
from datapackage_pipelines.utilities.resources import (
    PATH_PLACEHOLDER, PROP_STREAMED_FROM, PROP_STREAMING, get_path, is_a_url, streamable,
    streaming, tabular)
from datapackage_pipelines.utilities.extended_json import json
from datapackage_pipelines.utilities.stat_utils import user_facing_stats
def modify_datapackage(dp, parameters, stats):
    stats['names'] = [PATH_PLACEHOLDER, PROP_STREAMED_FROM, PROP_STREAMING]
    parts = {'path': ['a', 'b']}
    stats['paths'] = [get_path(parts), parts['path'], get_path({}), get_path({'path': 'x'})]
    stats['urls'] = [is_a_url(x) for x in ('http://x', 'https://x', 'ftp://x', None, '')]
    stats['is'] = [[bool(f(r)) for f in (streamable, streaming, tabular)]
                   for r in dp['resources']]
    stats['dumps'] = json.dumps({'b': 1, 'a': [1.0]}, indent=2)
    stats['user'] = user_facing_stats({'.dpp': 1, 'a': 2})
    return dp
process(modify_datapackage=modify_datapackage)
"""
FAILING = PROCESS + "process(process_row=lambda row, *_: 1 // 0)\n"
DUMPER = """
import os, shutil
from datapackage_pipelines.lib.dump.dumper_base import FileDumper
from datapackage_pipelines.lib.dump.file_formats import CSVFormat, JSONFormat

class Shouting(CSVFormat):
    SERIALIZERS = dict(CSVFormat.SERIALIZERS, string=lambda text: text.upper())

    def prepare_resource(self, resource):
        super().prepare_resource(resource)
        resource['shouting'] = True

class MyDumper(FileDumper):
    def initialize(self, params):
        super().initialize(params)
        self.out = params['out-path']
        if params.get('shout'):
            self.file_format_handlers['csv'] = Shouting

    def prepare_datapackage(self, datapackage, params):
        datapackage['mark'] = 'mine'
        return super().prepare_datapackage(datapackage, params)

    def write_file_to_output(self, filename, path):
        path = os.path.join(self.out, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy(filename, path)
        return path

    def finalize(self):
        self.stats['late'] = True

MyDumper()()
"""
LOADER = """
from datapackage_pipelines.lib.load_resource import ResourceLoader

class Loader(ResourceLoader):
    def process_datapackage(self, dp_):
        for resource in dp_.resources:
            resource.descriptor['title'] = 'loaded ' + resource.descriptor['name']
        return dp_

Loader()()
"""
LOADED = [
    ("up/datapackage.json", """{"name": "up", "resources": [
        {"name": "first", "path": "data/first.csv", "profile": "tabular-data-resource",
         "encoding": "utf-8",
         "schema": {"missingValues": ["", "-"], "fields": [
            {"name": "id", "type": "integer", "format": "default"},
            {"name": "when", "type": "date", "format": "%d/%m/%Y"},
            {"name": "price", "type": "number", "groupChar": ",", "format": "default"},
            {"name": "ok", "type": "boolean", "format": "default"}]}},
        {"name": "second", "path": "data/second.csv", "profile": "data-resource",
         "encoding": "utf-8"}]}"""),
    ("up/data/first.csv",
     'id,when,price,ok\r\n1,31/12/2020,"1,000.50",true\r\n2,-,,false\r\n3,01/02/2021,7,\r\n'),
    ("up/data/second.csv", "x\n1\n"),
]

CASES = {
    "rows that nobody touches": (PROCESS + "process()\n", TWO, {}),
    "rows that are only looked at": (LOOKING, TWO, {}),
    "rows dropped and changed": (DROP, ONE, {"parameters": {"title": "caf\u00e9"}}),
    "the first step": (DROP, ONE, {"parameters": {"title": "t"}, "index": 0}),
    "old style": (OLD_STYLE, ONE, {}),
    "finalizer": (FINALIZER, ONE, {}),
    "typed values untouched": (PROCESS + "process()\n", TYPED, {}),
    "typed values written again": (
        PROCESS + "process(process_row=lambda row, *_: dict(row))\n", TYPED, {}),
    "values made by the step": (NEW_VALUES, ONE, {}),
    "a resource taken out": (CONTEXT, TWO, {}),
    "helpers": (HELPERS, ONE, {}),
    "no resources": (PROCESS + "process()\n", stream(package(), stats='{"a": 1}'), {}),
    "no input": (PROCESS + "process()\n", "", {}),
    "a cached step": (PROCESS + "process()\n", ONE, {"cache": "0123"}),
    "a step that fails": (FAILING, ONE, {}),
    "a dumper": (DUMPER, ONE, {"parameters": {"out-path": "out"}}),
    "a dumper with json": (DUMPER, ONE, {"parameters": {
        "out-path": "out", "format": "json", "pretty-descriptor": True,
        "add-filehash-to-path": True}}),
    "a dumper with counters": (DUMPER, TWO, {"parameters": {
        "out-path": "out", "shout": True, "force-format": False, "counters": {
            "datapackage-rowcount": "counts.rows", "datapackage-bytes": "counts.bytes",
            "datapackage-hash": "counts.hash", "resource-rowcount": None,
            "resource-bytes": "b", "resource-hash": None}}}),
    "a dumper of all types": (DUMPER, stream(package(resource("typed", schema=TYPED_SCHEMA)), [
        TYPED_ROW.replace('{"z": {"type{decimal}": "NaN"}, "a": NaN}', '{"z": "\\u00e9"}')
        .replace('{"a": 2.50}', "2.50").replace('{"type{set}": [3]}', '"x"')]),
        {"parameters": {"out-path": "out"}}),
    "a loader": (LOADER, ONE, {"files": LOADED, "parameters": {
        "url": "up/datapackage.json", "resource": "first", "limit-rows": 2}}),
    "a loader of all": (LOADER, ONE, {"files": LOADED, "parameters": {
        "url": "up/datapackage.json", "resources": {"first": {"x": 1}, "second": {}}}}),
    "a loader by pattern": (LOADER, ONE, {"files": LOADED, "parameters": {
        "url": "up/datapackage.json", "resource": "sec.*", "required": False}}),
}


@unittest.skipUnless(REFERENCE, "THORP_DPP_PYTHON is not set")
class Reference(unittest.TestCase):

    def test_the_same_bytes(self):
        for name, (script, text, options) in CASES.items():
            with self.subTest(case=name):
                own = run(script, text, **options)
                reference = run(script, text, python=REFERENCE, **options)
                self.assertEqual(own[0], reference[0], own[2] + reference[2])
                if own[0] == 0:
                    self.assertEqual(own[1], reference[1])
                    self.assertEqual(_comparable(own[3]), _comparable(reference[3]))


def _comparable(files):
    """The files, without what Python itself left and with archives opened."""
    return {path: gzip.decompress(content) if path.startswith(".cache") else content
            for path, content in files.items() if "__pycache__" not in path}


if __name__ == "__main__":
    unittest.main()
