"""The part of JSON Schema that descriptions of sources use."""
import re

_TYPES = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, (list, tuple)),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "integer": lambda value: _is_number(value) and value == int(value),
    "number": lambda value: _is_number(value),
}


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def problems(schema, value):
    """What is wrong with `value`, as texts; none when it fits."""
    return list(_Check(schema).walk(schema, value, "$"))


class _Check:
    def __init__(self, root):
        self.root = root

    def walk(self, schema, value, place):
        if schema is True or schema == {}:
            return
        if schema is False:
            yield "%s is not allowed" % place
            return
        if "$ref" in schema:
            yield from self.walk(self.resolve(schema["$ref"]), value, place)
            return
        yield from self.check_type(schema, value, place)
        yield from self.check_combinations(schema, value, place)
        if isinstance(value, dict):
            yield from self.check_object(schema, value, place)
        elif isinstance(value, (list, tuple)):
            yield from self.check_array(schema, value, place)
        elif isinstance(value, str):
            yield from self.check_string(schema, value, place)
        elif _is_number(value):
            yield from self.check_number(schema, value, place)

    def resolve(self, reference):
        target = self.root
        for part in reference.lstrip("#").strip("/").split("/"):
            if part:
                target = target[part.replace("~1", "/").replace("~0", "~")]
        return target

    def fits(self, schema, value):
        return not any(True for _ in self.walk(schema, value, "$"))

    def check_type(self, schema, value, place):
        types = schema.get("type", [])
        types = [types] if isinstance(types, str) else types
        if types and not any(_TYPES[name](value) for name in types):
            yield "%s is not of type %s" % (place, " or ".join(types))
        if "enum" in schema and value not in schema["enum"]:
            yield "%s is not one of %r" % (place, schema["enum"])
        if "const" in schema and value != schema["const"]:
            yield "%s is not %r" % (place, schema["const"])

    def check_combinations(self, schema, value, place):
        for part in schema.get("allOf", []):
            yield from self.walk(part, value, place)
        if "anyOf" in schema and not any(self.fits(part, value) for part in schema["anyOf"]):
            yield "%s fits none of `anyOf`" % place
        if "oneOf" in schema:
            count = sum(self.fits(part, value) for part in schema["oneOf"])
            if count != 1:
                yield "%s fits %d of `oneOf`, not one" % (place, count)
        if "not" in schema and self.fits(schema["not"], value):
            yield "%s fits `not`" % place

    def check_object(self, schema, value, place):
        for name in schema.get("required", []):
            if name not in value:
                yield "%s lacks `%s`" % (place, name)
        named = schema.get("properties", {})
        patterns = schema.get("patternProperties", {})
        for name, item in value.items():
            inner = "%s.%s" % (place, name)
            known = name in named
            if known:
                yield from self.walk(named[name], item, inner)
            for pattern, part in patterns.items():
                if re.search(pattern, str(name)):
                    known = True
                    yield from self.walk(part, item, inner)
            if not known:
                yield from self.walk(schema.get("additionalProperties", True), item, inner)
        yield from _bounds(schema, "Properties", len(value), place)

    def check_array(self, schema, value, place):
        items = schema.get("items", True)
        for index, item in enumerate(value):
            inner = "%s[%d]" % (place, index)
            if isinstance(items, list):
                rest = schema.get("additionalItems", True)
                yield from self.walk(items[index] if index < len(items) else rest, item, inner)
            else:
                yield from self.walk(items, item, inner)
        yield from _bounds(schema, "Items", len(value), place)
        if schema.get("uniqueItems") and len({repr(item) for item in value}) < len(value):
            yield "%s has equal items" % place

    def check_string(self, schema, value, place):
        yield from _bounds(schema, "Length", len(value), place)
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield "%s does not match %r" % (place, schema["pattern"])

    def check_number(self, schema, value, place):
        low, high = schema.get("minimum"), schema.get("maximum")
        above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
        # In draft 4 the exclusive bounds are flags, later they are numbers.
        if above is True:
            above, low = low, None
        if below is True:
            below, high = high, None
        if ((low is not None and value < low) or (high is not None and value > high)
                or (_is_number(above) and value <= above)
                or (_is_number(below) and value >= below)):
            yield "%s is out of bounds" % place
        if "multipleOf" in schema and value % schema["multipleOf"]:
            yield "%s is not a multiple of %s" % (place, schema["multipleOf"])


def _bounds(schema, what, length, place):
    if length < schema.get("min" + what, 0):
        yield "%s is shorter than %d" % (place, schema["min" + what])
    if length > schema.get("max" + what, length):
        yield "%s is longer than %d" % (place, schema["max" + what])
