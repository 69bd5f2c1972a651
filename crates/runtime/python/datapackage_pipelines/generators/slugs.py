"""Texts as they may stand in names and paths."""
import re
import unicodedata

_LETTERS = str.maketrans({
    "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l",
    "Ł": "L", "đ": "d", "Đ": "D", "þ": "th", "Þ": "Th",
})


def slugify(text, to_lower=False, max_length=None, separator="-", capitalize=False, **_):
    """The words of `text`, in ASCII where letters have a plain form, joined by `separator`."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "ignore")
    plain = _plain(text).replace("'", "")
    if to_lower:
        plain = plain.lower()
    words = [word for word in re.split(r"[\W_]+", plain) if word]
    slug = words[0] if words else ""
    for word in words[1:]:
        longer = slug + separator + word
        if not max_length or len(longer) <= max_length:
            slug = longer
    slug = slug[:max_length] if max_length else slug
    return slug[:1].upper() + slug[1:] if capitalize else slug


def _plain(text):
    try:
        from unidecode import unidecode
        return unidecode(text)
    except ImportError:
        letters = unicodedata.normalize("NFKD", text.translate(_LETTERS))
        return "".join(letter for letter in letters if not unicodedata.combining(letter))
