"""What an authority, or the way to it, answers when it does not issue: code, sentence, advice, and when to try again."""

import datetime as dt
import email.utils
import time
from dataclasses import dataclass, field

import josepy
import requests
from acme import errors, messages

RATE_LIMITED_S = 3600.0
NOT_POINTING_S = 120.0
UNBOUND_S = 300.0


@dataclass(eq=False)
class Problem(Exception):
    """Why there is no certificate now. `retry`: trying again may help; `retry_in_s`: not before so long."""

    code: str
    sentence: str
    advice: str
    retry: bool = True
    retry_in_s: float | None = None
    facts: dict[str, str | int] = field(default_factory=dict)
    """What varies in the sentence, by name."""


def slow(what: str, seconds: float) -> Problem:
    return Problem(
        "certificate.ca_slow",
        f"The certificate authority has not {what} within {seconds:.0f} s.",
        "Nothing yet: it is asked again. The site is served over HTTP meanwhile.",
        retry_in_s=30.0,
        facts={"what": what, "seconds": round(seconds)},
    )


def not_pointing(name: str, error: messages.Error | None) -> Problem:
    """The challenge of `name` failed: told is what the authority saw (RFC 8555, 8.2)."""
    detail = _detail(error) if error else ""
    seen = detail or "it gives no reason."
    facts: dict[str, str | int] = {"name": name, "detail": detail}
    if error is not None and error.code == "caa":
        return Problem(
            "certificate.caa_forbids",
            f"The CAA record of {name} forbids this certificate authority: {seen}",
            "Add the authority to the name's CAA records, or remove them.",
            retry_in_s=NOT_POINTING_S,
            facts=facts,
        )
    return Problem(
        "certificate.name_not_pointing",
        f"The certificate authority did not find this machine at {name}: {seen}",
        f"Check that the A and AAAA records of {name} lead to this machine, also as seen from abroad.",
        retry_in_s=NOT_POINTING_S,
        facts=facts,
    )


def unbound(directory: str, key_id: str) -> Problem:
    return Problem(
        "certificate.key_missing",
        f"The key {key_id}, by which {directory} knows us, is not on this machine.",
        "As root on the machine: essaim-agent acme-key, with the directory and the key id.",
        retry_in_s=UNBOUND_S,
        facts={"key_id": key_id, "directory": directory},
    )


def explain(wrong: Exception, *, retry_after: str | None = None) -> Problem:
    """`wrong` as a `Problem`. `retry_after`: the header of the last answer (RFC 9110, 10.2.3)."""
    match wrong:
        case Problem():
            return wrong
        case messages.Error():
            return _of_document(wrong, retry_after)
        case requests.exceptions.RequestException():
            return _of_connection(wrong)
        case errors.Error() | josepy.errors.Error() | ValueError() | KeyError():
            return Problem(
                "certificate.ca_odd",
                f"The certificate authority answers what cannot be understood: {_short(wrong)}.",
                "Check the directory URL in the settings.",
                facts={"detail": _short(wrong)},
            )
        case _:
            raise wrong


def _of_document(error: messages.Error, retry_after: str | None) -> Problem:
    detail = _detail(error)
    if error.code == "rateLimited":
        return Problem(
            "certificate.rate_limited",
            f"The certificate authority asks to wait: {detail}",
            "Wait: it is asked again at the time shown. Do not order the same names again and again.",
            retry_in_s=seconds_until(retry_after) or RATE_LIMITED_S,
            facts={"detail": detail},
        )
    if error.code in ("serverInternal", "badNonce", None):
        return _unreachable("it has an error of its own", detail.rstrip("."), seconds_until(retry_after))
    return Problem(
        "certificate.ca_refused",
        f"The certificate authority refuses: {detail}",
        "Correct what it names, then change the site or its names.",
        retry=False,
        facts={"detail": detail},
    )


def _of_connection(wrong: requests.exceptions.RequestException) -> Problem:
    if isinstance(wrong, requests.exceptions.SSLError):
        return _unreachable("its own certificate is not trusted here", _short(wrong))
    if isinstance(wrong, requests.exceptions.Timeout):
        return _unreachable("it does not answer in time")
    return _unreachable("", _short(wrong))


def _unreachable(why: str, detail: str = "", retry_in_s: float | None = None) -> Problem:
    said = f"{why} ({detail})" if why and detail else why or detail
    return Problem(
        "certificate.ca_unreachable",
        f"The certificate authority cannot be used: {said}.",
        "See its status page and this machine's network. The site is served over HTTP meanwhile.",
        retry_in_s=retry_in_s,
        facts={"why": why, "detail": detail},
    )


def seconds_until(retry_after: str | None) -> float | None:
    """A `Retry-After` in seconds from now, between a second and a week; None when there is none, or nonsense."""
    if not retry_after:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(retry_after).astimezone(dt.UTC).timestamp() - time.time()
        except ValueError:
            return None
    return min(max(seconds, 1.0), 7 * 86400.0)


def _detail(error: messages.Error) -> str:
    told = [error.detail or error.title or error.typ]
    told += [f"{sub.identifier.value}: {sub.detail}" for sub in error.subproblems or () if sub.identifier]
    text = " ".join(str(part) for part in told)
    text = " ".join(text.split())[:500]
    return text if text.endswith(".") else f"{text}."


def _short(wrong: Exception) -> str:
    text = " ".join(str(wrong).split()) or type(wrong).__name__
    return text[-200:].rstrip(".")
