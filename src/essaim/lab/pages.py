"""What the demo's clients publish: a page each, made here, packed as a client packs it."""

import io
import zipfile
from html import escape

_PAGE = """<!doctype html>
<html lang="fr">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}</title>
<style>
body {{ font: 1.125rem/1.6 system-ui, sans-serif; margin: 0 auto; max-width: 40rem; padding: 3rem 1.5rem; }}
h1 {{ font-size: 2rem; line-height: 1.2; }}
</style>
<h1>{name}</h1>
<p>Bienvenue chez {name}. Ce site de démonstration est hébergé par La Ruche.</p>
<p lang="en">Welcome to {name}. This demonstration site is hosted by La Ruche.</p>
</html>
"""


def archive(name: str) -> bytes:
    """A zip with one `index.html`."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("index.html", _PAGE.format(name=escape(name)))
    return target.getvalue()
