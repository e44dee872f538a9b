"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest


def house(request: HttpRequest) -> dict[str, object]:
    """The association's name and colour, and the visitor's colour scheme (`light`, `dark` or empty for the system's)."""
    return {
        "house": settings.HOUSE,
        "house_colour": settings.COLOUR,
        "scheme": request.COOKIES.get("scheme", "") if request.COOKIES.get("scheme") in ("light", "dark") else "",
    }
