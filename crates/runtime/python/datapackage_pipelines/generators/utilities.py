def steps(*args):
    """Steps of a pipeline: each a name, or a tuple of name, parameters and whether to cache."""
    return [arg_to_step(arg) for arg in args]


def arg_to_step(arg):
    if isinstance(arg, str):
        return {"run": arg}
    return dict(zip(("run", "parameters", "cache"), arg))
