"""`essaim completion` and `version`."""

import platform

import click
from click.shell_completion import get_completion_class

import essaim


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print shell completion. For bash: essaim completion bash > ~/.local/share/bash-completion/completions/essaim."""
    from essaim.cli.root import essaim as root

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    click.echo(found(root, {}, "essaim", "_ESSAIM_COMPLETE").source())


@click.command()
def version() -> None:
    """Print the version."""
    click.echo(f"essaim {essaim.__version__} (Python {platform.python_version()})")
