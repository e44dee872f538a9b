"""Markdown that people of the team write, as HTML that is safe to show: CommonMark by markdown-it-py, cleaned by nh3.

Headings begin below the page's own; images are left out, for nothing is loaded from another host; a link says where it goes and tells
nothing of where it was followed.
"""

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {"p", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "a", "blockquote", "code", "pre", "hr", "br"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
LOWEST = 4
SCHEMES = {"https", "http", "mailto"}
_READ = MarkdownIt("commonmark", {"html": False}).enable("table")


def html_of(text: str) -> SafeString:
    """`text` as HTML without anything that runs, loads or leads astray."""
    tokens = _READ.parse(text)
    _order_headings(tokens)
    made: str = _READ.renderer.render(tokens, _READ.options, {})
    clean = nh3.clean(
        made, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener noreferrer nofollow"
    )
    return mark_safe(clean)  # noqa: S308 - cleaned in the line above


def _order_headings(tokens: list[Token]) -> None:
    """The text's highest heading comes right below the page's own, and none skips a level: a reader by ear leans on that."""
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    levels = sorted({token.tag for token in headings})
    above = 1
    for token in headings:
        if token.type == "heading_open":
            above = min(levels.index(token.tag) + 2, above + 1, LOWEST)
        token.tag = f"h{above}"
