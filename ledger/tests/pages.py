"""What a page of the fee desk says."""

import re
from html import unescape


def said(response):
    """Its words, each tag a space: a table's cells stand apart."""
    words = unescape(re.sub("<[^>]*>", " ", response.content.decode()))
    return re.sub(r"\s+([:.,;])", r"\1", re.sub(r"\s+", " ", words))
