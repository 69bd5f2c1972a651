"""What a plug-in implements to turn a description of a source into pipelines."""
import inspect

from ..utilities.json_schema import problems


class GeneratorBase:

    @classmethod
    def get_schema(cls):
        """The JSON Schema of the description."""
        raise NotImplementedError()

    @classmethod
    def generate_pipeline(cls, source, base):
        """Yields pairs of pipeline id and details; ids begin with `base`."""
        raise NotImplementedError()

    def internal_validate(self, source):
        return not problems(self.get_schema(), source)

    def internal_generate(self, source, base):
        if not self.internal_validate(source):
            return None
        # The form with one argument is older, and published plug-ins still have it.
        if takes_base(self.generate_pipeline):
            return self.generate_pipeline(source, base)
        return self.generate_pipeline(source)


def takes_base(function):
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = list(inspect.signature(function).parameters.values())
    if any(parameter.kind is inspect.Parameter.VAR_POSITIONAL for parameter in parameters):
        return True
    return len([parameter for parameter in parameters if parameter.kind in kinds]) >= 2
