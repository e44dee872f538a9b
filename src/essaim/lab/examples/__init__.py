"""Programs that clients of the demo run: a site in Node.js and one in Python, each a file with nothing brought along."""

import io
import zipfile
from pathlib import Path


def archive(name: str) -> bytes:
    """A zip with the example `name`, as a client packs it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.write(Path(__file__).with_name(name), name)
    return target.getvalue()
