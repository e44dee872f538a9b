"""The paper of a signature: the whole text, who signed it, when, and the hash of the text, as PDF.

fpdf2 draws it: pure Python beside Pillow and fontTools, from the same HTML that the page shows. The text as it was signed travels in the
file as an attachment, byte by byte, so that the hash can be reckoned again without the Manager: `pdfdetach -saveall`, `sha256sum`.
"""

import logging
import re
from datetime import datetime
from importlib.resources import as_file, files
from io import BytesIO

from django.conf import settings
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.fonts import TextStyle

from essaim.manager.team.prose import html_of

FONT = "SourceSans"
FACES = {
    "": "SourceSansPro-Regular.ttf",
    "B": "SourceSansPro-Bold.ttf",
    "I": "SourceSansPro-It.ttf",
    "BI": "SourceSansPro-BoldIt.ttf",
}
MARGIN_MM = 22
logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells of every table that it leaves out


class _Paper(FPDF):
    """A4, the house's name below, pages counted."""

    def footer(self) -> None:
        """The house and the page."""
        self.set_y(-15)
        self.set_font(FONT, size=8)
        self.cell(0, 8, f"{settings.HOUSE} · {self.page_no()}/{{nb}}", align="C")


def of_signature(
    *,
    title: str,
    number: int,
    text: str,
    text_sha256: str,
    name: str,
    email: str,
    signed_at: datetime,
    origin: str,
) -> bytes:
    """The signed agreement as PDF."""
    paper = _Paper(format="A4")
    paper.set_margin(MARGIN_MM)
    paper.c_margin = 0  # so that the text begins where the rule above the signature does
    paper.set_auto_page_break(auto=True, margin=MARGIN_MM)
    for style, file in FACES.items():
        with as_file(files("font_source_sans_pro") / "files" / file) as path:
            paper.add_font(FONT, style, path)
    paper.set_title(f"{title} ({number})")
    paper.set_author(settings.HOUSE)
    paper.set_creator("Essaim")
    paper.set_creation_date(signed_at)
    paper.add_page()
    paper.set_font(FONT, "B", 18)
    paper.multi_cell(0, 9, title, new_x="LMARGIN", new_y="NEXT")
    paper.set_font(FONT, size=10)
    paper.multi_cell(0, 6, _("Version %(number)s") % {"number": number}, new_x="LMARGIN", new_y="NEXT")
    paper.ln(4)
    paper.set_font(FONT, size=11)
    styles = {
        f"h{level}": TextStyle(font_style="B", font_size_pt=size, t_margin=6, b_margin=1)
        for level, size in ((2, 14), (3, 12), (4, 11))
    }
    styles["li"] = TextStyle(t_margin=1.5, l_margin=5)
    styles["blockquote"] = TextStyle(font_style="I", t_margin=3, l_margin=6, b_margin=3)
    paper.write_html(_spaced(html_of(text)), font_family=FONT, tag_styles=styles, li_prefix_color=0)
    paper.ln(6)
    _sign(paper, name=name, email=email, signed_at=signed_at, origin=origin, text_sha256=text_sha256)
    paper.embed_file(bytes=text.encode(), basename=f"agreement-{number}.md", desc=_("The text that was signed"))
    written = BytesIO()
    paper.output(written)
    return written.getvalue()


def _spaced(html: str) -> str:
    """With the room between lines that fpdf2 takes from an attribute of its own."""
    return re.sub(r"<(p|ul|ol)>", r'<\1 line-height="1.3">', html)


def _sign(paper: FPDF, *, name: str, email: str, signed_at: datetime, origin: str, text_sha256: str) -> None:
    rows = [
        (_("Signed by"), f"{name} <{email}>"),
        (_("On"), f"{signed_at:%Y-%m-%d %H:%M:%S} UTC"),
        (_("Signed from"), origin or "–"),
        (_("SHA-256 of the text"), text_sha256),
    ]
    paper.set_draw_color(160)
    paper.line(MARGIN_MM, paper.get_y(), paper.w - MARGIN_MM, paper.get_y())
    paper.ln(3)
    for label, said in rows:
        paper.set_font(FONT, "B", 9)
        paper.cell(42, 6, label)
        paper.set_font(FONT, size=9)
        paper.multi_cell(0, 6, said, new_x="LMARGIN", new_y="NEXT")
