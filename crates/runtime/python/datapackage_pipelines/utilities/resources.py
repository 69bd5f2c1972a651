"""Questions that processors ask about the descriptor of a resource."""

PATH_PLACEHOLDER = "_"
PROP_STREAMING = "dpp:streaming"
PROP_STREAMED_FROM = "dpp:streamedFrom"


def is_a_url(path):
    return isinstance(path, str) and path.startswith(("http://", "https://"))


def tabular(descriptor):
    return "schema" in descriptor


def streaming(descriptor):
    """Whether the rows of the resource travel with the package."""
    return descriptor.get(PROP_STREAMING)


def streamable(descriptor):
    """Whether the resource says where its rows are, and nobody has opened them yet."""
    return PROP_STREAMED_FROM in descriptor and not streaming(descriptor)


def internal_tabular(descriptor):
    """Whether the resource is a table inside the package."""
    path = descriptor.get("path")
    first = path[0] if isinstance(path, list) and path else path
    return tabular(descriptor) and first is not None and not is_a_url(first)


def get_path(descriptor):
    """The path of the resource; of a path in parts the first, which is taken off the list."""
    path = descriptor.get("path")
    if isinstance(path, list):
        return path.pop(0) if path else None
    assert path is None or isinstance(path, str), "%r" % path
    return path
