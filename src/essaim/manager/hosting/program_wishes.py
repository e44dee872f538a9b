"""What is wanted of a site's program."""

from essaim import contract
from essaim.contract.program import RUNTIMES
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet import actions as fleet
from essaim.manager.fleet.models import Wanted
from essaim.manager.hosting.models import Account, Program, Site
from essaim.manager.hosting.wanted import is_suspended, is_unserved

KIND = "program"
LEAST_PROCESSES = 8


def wanted_program(program: Program) -> contract.Program:
    """The program as its machine is to run it; of a suspended site it is stopped."""
    site, account = program.site, program.site.account
    return contract.Program(
        fqdn=contract.Fqdn(site.fqdn),
        account=contract.Login(account.login),
        runtime=RUNTIMES[program.runtime].name,
        words=tuple(program.words),
        environment=program.environment,
        health=program.health,
        patience_s=program.patience_s,
        memory_bytes=account.memory_bytes * program.share_percent // 100,
        processes=max(LEAST_PROCESSES, account.processes * program.share_percent // 100),
        always_on=program.always_on,
        generation=program.generation,
        stopped=program.is_stopped or is_suspended(site),
    )


def wish(site: Site, line: AuditLine | None = None) -> None:
    """Want of the machine what the program's row says now. A site without one: nothing."""
    program = Program.objects.filter(site=site).first()
    if program is None:
        return
    program.site = site
    if is_unserved(site):
        unwish(site)
    else:
        fleet.want(site.account.machine, wanted_program(program), site.fqdn, audit=line)


def wish_of_account(account: Account) -> None:
    """The same for every program of an account whose limits have changed: its share is of them."""
    for site in account.sites.filter(program__isnull=False):
        site.account = account
        wish(site)


def unwish(site: Site, *, erase: bool = False) -> None:
    """The program is not wanted any more, if it ever was."""
    machine = site.account.machine
    if Wanted.objects.filter(machine=machine, kind=KIND, key=site.fqdn).exists():
        fleet.unwant(machine, KIND, site.fqdn, erase=erase)
