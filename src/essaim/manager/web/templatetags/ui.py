"""The components of the Manager. Each is shown with its parameters on /design/; what they mean stands beside each tag.

    leaves   icon, badge, avatar, act (a button that posts), copyable, crumb, switches
    forms    field, form_errors
    blocks   page_header, card, notice, empty, dialog, danger ... end{name}
    lists    tabs, sort_header, pages, more_row, stepper, difference

Figures stand in `figures`, plots and meters in `plots`, visits over time in `charts`, the look of states in `states`, the menu in `navigation`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.forms import (
    BaseForm,
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    ClearableFileInput,
    FileInput,
    MultipleChoiceField,
    RadioSelect,
)
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from essaim.manager.web.templatetags.states import look_of

register = template.Library()


# -- leaves ------------------------------------------------------------------------------------------------------------
@register.simple_tag
def icon(name: str, label: str = "", extra: str = "") -> SafeString:
    """One drawing of the sprite. Without `label` it is an ornament beside a word and is not read aloud."""
    heard = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    classes = f"icon {extra}".strip()
    return format_html('<svg class="{}" {}><use href="{}#{}"/></svg>', classes, heard, static("web/icons.svg"), name)


@register.simple_tag
def badge(state: str, label: str = "", extra: str = "") -> SafeString:
    """A state: icon, word and tone. `label` replaces the word, never the icon. `extra`: `badge-large`, `badge-plain`."""
    look = look_of(state)
    return format_html(
        '<span class="badge tone-{} {}">{}{}</span>', look.tone, extra, icon(look.icon), label or look.word
    )


@register.simple_tag
def avatar(name: str) -> SafeString:
    """A person's initials; an ornament, the name stands beside it."""
    words = [word for word in name.replace("@", " ").split() if word[0].isalnum()]
    initials = "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words))
    return format_html('<span class="avatar" aria-hidden="true">{}</span>', initials.upper() or "?")


@register.inclusion_tag("web/components/act.html", takes_context=True)
def act(
    context: Context, url: str, label: str, *, icon: str = "", kind: str = "", confirm: str = "", **fields: str
) -> dict[str, Any]:
    """A button that posts to `url`. `kind`: primary, danger, quiet, small. `confirm`: a question asked first.

    Other keywords travel as hidden fields.
    """
    classes = " ".join(f"button-{word}" for word in kind.split())
    return {
        "url": url,
        "label": label,
        "icon": icon,
        "classes": classes,
        "confirm": confirm,
        "fields": fields,
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("web/components/copyable.html")
def copyable(text: str, label: str = "") -> dict[str, str]:
    """Code to take along, with a button that copies it. `label` names it for those who do not see it."""
    return {"text": text, "label": label or _("Copy")}


@register.simple_tag
def crumb(label: str, url: str = "") -> SafeString:
    """One step of the way here. Without `url` it is this page."""
    if url:
        return format_html('<li><a href="{}">{}</a></li>', url, label)
    return format_html('<li aria-current="page"><span>{}</span></li>', label)


# -- forms -------------------------------------------------------------------------------------------------------------
def _kind_of(bound: BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, CheckboxSelectMultiple):  # itself a RadioSelect: asked first
        return "ticks"
    if isinstance(widget, RadioSelect):
        return "radios"
    if isinstance(widget, CheckboxInput):
        return "tick"
    return "file" if isinstance(widget, (FileInput, ClearableFileInput)) else "plain"


def _always_chosen(bound: BoundField) -> bool:
    """One of several stands chosen from the start and none of them is nothing: leaving it empty is no choice that a person has."""
    choices = getattr(bound.field, "choices", None)
    if choices is None or isinstance(bound.field, MultipleChoiceField):
        return False
    return bool(bound.value()) and all(str(value) for value, _label in choices)


@register.inclusion_tag("web/components/field.html")
def field(bound: BoundField, *, prefix: str = "", suffix: str = "", help: str = "") -> dict[str, Any]:  # noqa: A002 - the word of forms
    """One field of a form: label, help, errors, whether it may stay empty. Fits every kind of widget.

    `prefix` and `suffix` stand in the field's frame ("https://", "Gio").
    """
    return {
        "bound": bound,
        "kind": _kind_of(bound),
        "may_stay_empty": not bound.field.required and not _always_chosen(bound),
        "errors": [str(error) for error in bound.errors],
        "help": help or bound.help_text,
        "prefix": prefix,
        "suffix": suffix,
        "described": bound.auto_id,
    }


@register.inclusion_tag("web/components/form_errors.html")
def form_errors(form: BaseForm) -> dict[str, Any]:
    """What is wrong with the form as a whole; nothing where nothing is."""
    return {"errors": [str(error) for error in form.non_field_errors()]}


# -- blocks ------------------------------------------------------------------------------------------------------------
@register.simple_block_tag
def page_header(
    content: str, *, title: str, lead: str = "", eyebrow: str = "", state: str = "", state_label: str = ""
) -> SafeString:
    """The head of a page: its one h1, a sentence, the state of the thing; inside stand the actions."""
    given = {
        "title": title,
        "lead": lead,
        "eyebrow": eyebrow,
        "state": state,
        "state_label": state_label,
        "actions": content if content.strip() else "",
    }
    return render_to_string("web/components/page_header.html", given)


@register.simple_block_tag
def card(
    content: str,
    *,
    title: str = "",
    icon: str = "",
    extra: str = "",
    id: str = "",  # noqa: A002 - HTML's word
    aside: str = "",
) -> SafeString:
    """A titled surface. `extra`: `card-flush` (a table reaches the edge), `danger`. `aside` stands to the right of the title."""
    given = {"title": title, "icon": icon, "extra": extra, "id": id, "aside": aside, "content": content}
    return render_to_string("web/components/card.html", given)


@register.simple_block_tag
def notice(content: str, tone: str = "going", *, title: str = "", code: str = "", extra: str = "") -> SafeString:
    """A sentence that matters. `tone`: going (news), good, care, bad; bad ones are announced at once. `extra`: `notice-late`
    for what is worth saying only if it lasts.
    """
    marks = {"going": "info", "good": "check-round", "care": "warning", "bad": "cross-round"}
    given = {"tone": tone, "icon": marks[tone], "title": title, "code": code, "extra": extra, "content": content}
    return render_to_string("web/components/notice.html", given)


@register.simple_block_tag
def empty(content: str, *, title: str, icon: str = "hexagon") -> SafeString:
    """Nothing to show, why, and (inside) what to do about it."""
    return render_to_string("web/components/empty.html", {"title": title, "icon": icon, "content": content})


@register.simple_block_tag
def dialog(content: str, *, id: str, title: str) -> SafeString:  # noqa: A002 - HTML's word
    """A question over the page, opened by a button or link with `data-dialog="id"`. Give that link a page of its own for those
    who have no script.
    """
    return render_to_string("web/components/dialog.html", {"id": id, "title": title, "content": content})


@register.simple_block_tag
def danger(content: str, *, title: str) -> SafeString:
    """Acts that cost, apart from the rest. Inside: one div an act, with a div of words and a button."""
    return render_to_string("web/components/danger.html", {"title": title, "content": content})


# -- lists -------------------------------------------------------------------------------------------------------------
@register.inclusion_tag("web/components/tabs.html")
def tabs(items: Sequence[tuple[str, str]], current: str, *, label: str) -> dict[str, Any]:
    """Pages of one thing: `items` are (url, words); `current` is the url shown."""
    return {"items": items, "current": current, "label": label}


@register.inclusion_tag("web/components/sort_header.html", takes_context=True)
def sort_header(context: Context, field: str, label: str, *, extra: str = "") -> dict[str, Any]:
    """A column's head that sorts by `field` through `?sort=` (`-field`: downwards); the other filters stay."""
    query = context["request"].GET.copy()
    now = query.get("sort", "")
    query.pop("after", None)
    query["sort"] = f"-{field}" if now == field else field
    order = {field: "ascending", f"-{field}": "descending"}.get(now, "none")
    mark = {"ascending": "sort-up", "descending": "sort-down", "none": "sort"}[order]
    return {"url": f"?{query.urlencode()}", "label": label, "order": order, "icon": mark, "extra": extra}


@register.inclusion_tag("web/components/pages.html", takes_context=True)
def pages(context: Context, *, after: str = "", shown: int = 0, total: int | None = None) -> dict[str, Any]:
    """To the next page by cursor: `after` is where it starts, empty at the end. `?after=` in this page's address leads back to the top."""
    query = context["request"].GET.copy()
    before = query.pop("after", [""])[-1]
    first = query.urlencode()
    query["after"] = after
    return {
        "next": f"?{query.urlencode()}" if after else "",
        "first": f"?{first}" if before else "",
        "shown": shown,
        "total": total,
    }


@register.inclusion_tag("web/components/more_row.html", takes_context=True)
def more_row(context: Context, after: str, *, columns: int) -> dict[str, Any]:
    """The last row of a table, in whose place the next rows come; nothing when `after`, the cursor, is empty."""
    query = context["request"].GET.copy()
    query["after"] = after
    return {"url": f"?{query.urlencode()}" if after else "", "columns": columns}


@register.inclusion_tag("web/components/stepper.html")
def stepper(
    steps: Sequence[Mapping[str, Any] | Any], *, total: float | None = None, headline: str = ""
) -> dict[str, Any]:
    """The way of a wish. Each step has `label`, `state` (done, now, waiting, failed, skipped), `seconds` (this step alone) and `detail`.

    `total`: seconds from the first step to the last, shown large once all are done.
    """
    return {"steps": steps, "total": total, "headline": headline}


@register.inclusion_tag("web/components/difference.html")
def difference(rows: Sequence[tuple[str, object, object]]) -> dict[str, Any]:
    """What changed, a row a key: (words, before, after)."""
    return {"rows": rows}
