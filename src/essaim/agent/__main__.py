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
    asked = parser.parse_args(words)
    if asked.verb == "install":
        from essaim.agent.install import main as install_main

        return install_main(asked.roles, start=not asked.no_start)
    if asked.verb == "php-tree":
        from essaim.agent.php_tree import main as tree_main

        return tree_main(asked.version, use=asked.use, roles=asked.roles, start=not asked.no_start)
    if asked.verb == "enrol":
        from essaim.agent.enrol import main as enrol_main

        return enrol_main(asked.manager, asked.token, start=not asked.no_start)
    from essaim.agent.main import run

    return run()


if __name__ == "__main__":
    sys.exit(main())
