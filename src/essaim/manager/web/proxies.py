"""Who a request comes from when a reverse proxy stands in front.

A proxy adds the address it was asked from at the end of X-Forwarded-For; all that stands before it was written by whoever asked. So
the list is read from its end, and believed only as long as trusted proxies wrote it.
"""

import ipaddress
from collections.abc import Callable, Iterable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Next = Callable[[HttpRequest], HttpResponse]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ClientAddress:
    """Makes REMOTE_ADDR the client's own. From anybody but a proxy of `settings.PROXIES`, forwarding headers are dropped.

    It stands before every other middleware: whether the connection is secure is read from X-Forwarded-Proto
    (`SECURE_PROXY_SSL_HEADER`), which only a trusted proxy may say.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response
        self.trusted = [ipaddress.ip_network(text, strict=False) for text in settings.PROXIES]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        peer = _parsed(request.META.get("REMOTE_ADDR", ""))
        forwarded = request.META.pop("HTTP_X_FORWARDED_FOR", "")
        if peer is None or not _is_within(peer, self.trusted):
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)
        else:
            request.META["REMOTE_ADDR"] = str(client_of(forwarded, peer, self.trusted))
        return self.get_response(request)


def client_of(forwarded: str, peer: Address, trusted: Iterable[Network]) -> Address:
    """The last address of X-Forwarded-For that is no proxy of ours. What cannot be read ends the list: the one who wrote it is taken."""
    networks = list(trusted)
    client = peer
    for text in reversed(forwarded.split(",")):
        told = _parsed(text)
        if told is None or not _is_within(client, networks):
            break
        client = told
    return client


def _parsed(text: str) -> Address | None:
    """An address; IPv4 written as IPv6 (::ffff:192.0.2.1, from a listener of both) is IPv4."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
