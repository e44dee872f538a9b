"""`python3 -m essaim.agent` runs the agent; `install` and `enrol` put a machine into service."""

import argparse
import sys


def main(words: list[str] | None = None) -> int:
    """Do what the command line says. What a command needs is imported by that command."""
    parser = argparse.ArgumentParser(prog="essaim.agent", description=__doc__)
    verbs = parser.add_subparsers(dest="verb")
    verbs.add_parser("run", help="run the agent (what the unit does)")
    install = verbs.add_parser("install", help="write units and configuration, and start what the roles need")
    install.add_argument("--no-start", action="store_true", help="write files only, as for an image")
    install.add_argument("--roles", default="", help="web, prober; default: what this machine was enrolled as")
    enrol = verbs.add_parser("enrol", help="make a key, have it signed by the manager, install and start")
    enrol.add_argument(
        "--manager", required=True, help="address of the manager, for example https://manager.example.org"
    )
    enrol.add_argument("--token", required=True, help="the one-time token that the manager shows")
    enrol.add_argument("--no-start", action="store_true", help="enrol and install, start nothing")
    tree = verbs.add_parser("php-tree", help="build this machine's tree of one PHP from its Debian archive, and use it")
    tree.add_argument("version", help="for example 8.4")
    tree.add_argument("--use", default="", metavar="BUILD", help="build nothing: put back a build that is there")
    tree.add_argument("--no-start", action="store_true", help="write files only, as for an image")
    tree.add_argument("--roles", default="", help="web, prober; default: what this machine was enrolled as")
    programs = verbs.add_parser("program-tree", help="build this machine's tree of runtimes for programs, and use it")
    programs.add_argument("--use", default="", metavar="BUILD", help="build nothing: put back a build that is there")
    programs.add_argument("--no-start", action="store_true", help="write files only, as for an image")
    programs.add_argument("--roles", default="", help="web, prober; default: what this machine was enrolled as")
    apache = verbs.add_parser(
        "apache-tree", help="build this machine's tree of Apache from its Debian archive, and use it"
    )
    apache.add_argument("--use", default="", metavar="BUILD", help="build nothing: put back a build that is there")
    apache.add_argument("--no-start", action="store_true", help="write files only, as for an image")
    apache.add_argument("--roles", default="", help="web, prober; default: what this machine was enrolled as")
    php = verbs.add_parser(
        "php", help="run PHP on the command line for a site, as its account: `php SITE -- ARGUMENT...`"
    )
    php.add_argument("site", help="its own name")
    php.add_argument("arguments", nargs=argparse.REMAINDER, help="what PHP is given")
    key = verbs.add_parser(
        "acme-key", help="keep the key of an external account binding; it is read from standard input"
    )
    key.add_argument("--directory", required=True, help="directory URL of the certificate authority")
    key.add_argument("--key-id", required=True, help="the key id that the authority gave with it")
    verbs.add_parser("open-keys", help="open the keys that clients brought (what the unit does at boot)")
    asked = parser.parse_args(words)
    return _do(asked)


def _do(asked: argparse.Namespace) -> int:  # noqa: PLR0911 (a command each)
    if asked.verb == "install":
        from essaim.agent.install import main as install_main

        return install_main(asked.roles, start=not asked.no_start)
    if asked.verb in ("php-tree", "program-tree", "apache-tree"):
        return _tree(asked)
    if asked.verb == "php":
        from essaim.agent.php_command import main as php_main

        return php_main(asked.site, asked.arguments[1:] if asked.arguments[:1] == ["--"] else asked.arguments)
    if asked.verb == "enrol":
        from essaim.agent.enrol import main as enrol_main

        return enrol_main(asked.manager, asked.token, start=not asked.no_start)
    if asked.verb == "acme-key":
        from essaim.agent.acme.keys import main as key_main

        return key_main(asked.directory, asked.key_id)
    if asked.verb == "open-keys":
        from essaim.agent.resources.own_certificate import main as keys_main

        return keys_main()
    from essaim.agent import lean

    lean.leave_out()
    from essaim.agent.main import run

    return run()


def _tree(asked: argparse.Namespace) -> int:
    if asked.verb == "php-tree":
        from essaim.agent.php_tree import main as tree_main

        return tree_main(asked.version, use=asked.use, roles=asked.roles, start=not asked.no_start)
    if asked.verb == "apache-tree":
        from essaim.agent.apache_tree import main as apache_main

        return apache_main(use=asked.use, roles=asked.roles, start=not asked.no_start)
    from essaim.agent.program_tree import main as programs_main

    return programs_main(use=asked.use, roles=asked.roles, start=not asked.no_start)


if __name__ == "__main__":
    sys.exit(main())
