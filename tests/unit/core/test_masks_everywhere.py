"""No query takes a masked field by a way that goes around the mask."""

import re
from pathlib import Path

from django.apps import apps

from essaim.manager.core.masks import MaskedRows

MANAGER = Path(__file__).resolve().parents[3] / "src/essaim/manager"
TAKEN = re.compile(r"\.values(?:_list)?\(([^()]*)\)")
KNOWN = {
    ("web/api/team.py", "email"),  # of those of the team, whom the team knows
    ("people/duplicates.py", "email"),  # for who has clients.merge, and so people.see_personal
    ("people/duplicates.py", "person__email"),
    ("people/merging.py", "email"),
    ("people/finding.py", "folded"),  # for who has people.see_personal
    ("hosting/certificate_reads.py", "machine__name"),  # a machine is nobody
    ("keys/jobs.py", "machine__name"),
    ("keys/glass.py", "machine__name"),
    ("fleet/jobs.py", "name"),
    *(("privacy/client_erasing.py", field) for field in ("email", "name", "phone", "person__email", "person__name")),
    *(
        ("privacy/forgetting.py", field) for field in ("email", "name", "phone")
    ),  # who has clients.end sees them; so does the worker
    ("people/search.py", "name"),  # of a client, to find where the next page starts
}


def test_no_query_takes_masked_fields_as_values() -> None:
    masked = {field for model in apps.get_models() if issubclass(model, MaskedRows) for field in model.MASKED} - {
        "hash"
    }
    found = set()
    for file in MANAGER.rglob("*.py"):
        for taken in TAKEN.findall(file.read_text()):
            names = re.findall(r"[\"']([\w]+)[\"']", taken)
            found |= {(str(file.relative_to(MANAGER)), one) for one in names if one.rpartition("__")[2] in masked}
    assert found - KNOWN == set()
