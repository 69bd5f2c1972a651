"""Values travel without loss, and rows that nobody changed byte for byte."""
import datetime
import unittest
from decimal import Decimal

from datapackage_pipelines.utilities.durations import Duration
from datapackage_pipelines.utilities.extended_json import LazyJsonLine, encode_row, json


def there_and_back(text):
    return json.dumps(json.loads(text))


class Values(unittest.TestCase):

    def test_each_type_is_read_as_its_python_type(self):
        for tag, text, value in [
            ("decimal", "1.50", Decimal("1.50")),
            ("decimal", "1E+3", Decimal("1E+3")),
            ("date", "0020-12-31", datetime.date(20, 12, 31)),
            ("time", "10:11:12", datetime.time(10, 11, 12)),
            ("datetime", "2020-12-31 10:11:12", datetime.datetime(2020, 12, 31, 10, 11, 12)),
            ("duration", "P1DT12H", datetime.timedelta(hours=36)),
            ("duration", "PT0.5S", datetime.timedelta(milliseconds=500)),
            ("duration", "-P1D", datetime.timedelta(days=-1)),
        ]:
            with self.subTest(tag=tag, text=text):
                line = '{"type{%s}": "%s"}' % (tag, text)
                self.assertEqual(json.loads(line), value)
                self.assertEqual(json.dumps(value), line)

    def test_moments_keep_fractions_and_offsets(self):
        for text in ["2020-12-31 10:11:12.5+02:00", "2020-12-31 10:11:12.000001",
                     "2020-12-31 10:11:12-03:30", "0001-01-01 00:00:00",
                     "2020-12-31 10:11:12.123456789+02:00"]:
            line = '{"type{datetime}": "%s"}' % text
            self.assertIsInstance(json.loads(line), datetime.datetime)
            self.assertEqual(there_and_back(line), line)
        for text in ["10:11:12.25", "10:11:12.123456789"]:
            line = '{"type{time}": "%s"}' % text
            self.assertEqual(there_and_back(line), line)

    def test_utc_is_written_bare(self):
        moment = datetime.datetime(2020, 12, 31, 10, tzinfo=datetime.timezone.utc)
        self.assertEqual(json.dumps(moment), '{"type{datetime}": "2020-12-31 10:00:00"}')
        self.assertEqual(there_and_back('{"type{datetime}": "2020-12-31 10:00:00.5Z"}'),
                         '{"type{datetime}": "2020-12-31 10:00:00.5"}')

    def test_a_changed_fine_moment_does_not_keep_the_old_text(self):
        moment = json.loads('{"type{datetime}": "2020-12-31 10:11:12.123456789"}')
        self.assertEqual(json.dumps(moment.replace(year=2021)),
                         '{"type{datetime}": "2021-12-31 10:11:12.123456"}')

    def test_durations_with_years_and_months_keep_them(self):
        for text in ["P1Y2M3DT4H5M6S", "P1Y", "-P2M", "P1.5Y", "P1YT0.25S"]:
            line = '{"type{duration}": "%s"}' % text
            self.assertEqual(there_and_back(line), line)
        self.assertEqual(json.dumps(Duration(months=1, hours=36)),
                         '{"type{duration}": "P1M1DT12H"}')

    def test_sets_are_written_in_order(self):
        self.assertEqual(json.dumps({"c", "a", "b"}), '{"type{set}": ["a", "b", "c"]}')
        self.assertEqual(json.loads('{"type{set}": [1, 2]}'), {1, 2})
        self.assertEqual(json.dumps({1, "a"}), '{"type{set}": [1, "a"]}')

    def test_what_only_looks_like_a_value_stays_a_dictionary(self):
        for text in ['{"type{decimal}": "abc"}', '{"type{decimal}": null}',
                     '{"type{date}": "2020-13-01"}', '{"type{datetime}": "2020-12-31"}',
                     '{"type{time}": "25:00:00"}', '{"type{set}": [[1]]}',
                     '{"type{duration}": "P"}', '{"type{other}": "1"}']:
            with self.subTest(text=text):
                self.assertIsInstance(json.loads(text), dict)
                self.assertEqual(there_and_back(text), text)

    def test_numbers_without_bound_and_odd_floats_pass(self):
        text = '[%s, NaN, Infinity, -Infinity, 1.5]' % ("9" * 40)
        self.assertEqual(there_and_back(text), text)
        self.assertEqual(json.dumps(Decimal("NaN")), '{"type{decimal}": "NaN"}')


class Rows(unittest.TestCase):

    LINE = '{"b" : 1, "a":[1.0, {"type{decimal}":"1.50"}]}'

    def test_a_row_that_was_only_looked_at_is_written_as_it_came(self):
        row = json.loadl(self.LINE)
        self.assertIsInstance(row, LazyJsonLine)
        self.assertEqual(encode_row(row), self.LINE)
        self.assertEqual(row["a"][1], Decimal("1.50"))
        self.assertEqual(sorted(row.inner), ["a", "b"])
        self.assertEqual(encode_row(row), self.LINE)
        self.assertEqual(json.dumpl(row), self.LINE)

    def test_changes_of_entries_and_inside_entries_are_written(self):
        row = json.loadl(self.LINE)
        row["b"] = 2
        self.assertEqual(encode_row(row), '{"a": [1.0, {"type{decimal}": "1.50"}], "b": 2}')
        row = json.loadl(self.LINE)
        row["a"].append(2)
        self.assertEqual(encode_row(row), '{"a": [1.0, {"type{decimal}": "1.50"}, 2], "b": 1}')
        row = json.loadl('{"b":1}')
        row.inner["b"] = 3
        self.assertEqual(encode_row(row), '{"b": 3}')
        row = json.loadl('{"b":1}')
        del row["b"]
        self.assertEqual(encode_row(row), "{}")

    def test_a_row_is_used_as_a_dictionary(self):
        row = json.loadl('{"a": 1, "b": null}')
        self.assertEqual(row, {"a": 1, "b": None})
        self.assertEqual(dict(row, c=3), {"a": 1, "b": None, "c": 3})
        self.assertEqual({**row}, row.copy())
        self.assertEqual((row.get("x", 5), "a" in row, len(row)), (5, True, 2))
        self.assertEqual(row.pop("b"), None)
        self.assertEqual(row.setdefault("z", 9), 9)
        row.update(a=4)
        self.assertEqual(encode_row(row), '{"a": 4, "z": 9}')


if __name__ == "__main__":
    unittest.main()
