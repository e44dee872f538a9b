"""A machine below a temporary directory, and what it asks of an authority on loopback."""

import asyncio
import dataclasses
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from essaim.agent.errors import AgentError
from essaim.agent.machine import Machine
from essaim.agent.resources import Applied
from essaim.agent.resources.certificate import CertificateResource
from essaim.contract import AcmeDirectory, Certificate, Fqdn
from tests.unit.agent_acme.authority import Authority

SITE = Fqdn("www.example.test")
T = TypeVar("T")


@dataclasses.dataclass
class Web:
    """A machine below a temporary directory, and the authority it asks."""

    machine: Machine
    authority: Authority

    @property
    def tls(self) -> Path:
        return self.machine.paths.site_tls(SITE)

    def spec(self, *names: str) -> Certificate:
        return Certificate(
            fqdn=SITE, names=tuple(map(Fqdn, names or (SITE,))), directory=f"{self.authority.url}/directory"
        )

    def run(self, act: Callable[[CertificateResource], Awaitable[T]]) -> T:
        async def whole() -> T:
            resource = CertificateResource()
            try:
                return await act(resource)
            finally:
                await resource.close()

        return asyncio.run(whole())

    def apply(self, spec: Certificate | None = None) -> Applied:
        return self.run(lambda resource: resource.apply(spec or self.spec(), 1, self.machine))

    def refusal(self, spec: Certificate | None = None) -> AgentError:
        with pytest.raises(AgentError) as caught:
            self.apply(spec)
        assert list(self.machine.paths.challenges.iterdir()) == []
        assert caught.value.sentence.endswith(".")
        assert caught.value.advice
        return caught.value

    def change(self, file: str, **changed: Any) -> None:
        """Have a file beside the certificate say something else."""
        path = self.tls / file
        path.write_text(json.dumps(json.loads(path.read_bytes()) | changed))

    def in_order(self, *others: AcmeDirectory) -> Certificate:
        """A certificate from the authority, or from one of `others`."""
        first = AcmeDirectory(url=f"{self.authority.url}/directory")
        return Certificate(fqdn=SITE, names=(SITE,), directory=first.url, directories=(first, *others))
