"""Every reason to refuse an archive: its code, its sentence, its advice. The manager translates by code and facts."""


class ArchiveRefused(Exception):
    """An archive that is not unpacked. `str()` is the sentence; `facts` fill a translated one."""

    def __init__(self, code: str, sentence: str, advice: str, **facts: str | int) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.advice = advice
        self.facts = facts


def not_an_archive(kind: str = "") -> ArchiveRefused:
    what = f"a {kind} archive" if kind else "not an archive that can be read here"
    return ArchiveRefused(
        "content.not_an_archive", f"The file is {what}.", "Send a .zip, .tar, .tar.gz, .tar.bz2 or .tar.xz.", kind=kind
    )


def damaged(detail: str, **facts: str | int) -> ArchiveRefused:
    return ArchiveRefused(
        "content.archive_damaged",
        f"The archive is damaged or incomplete: {detail[:200]}.",
        "Make the archive again and send it again.",
        detail=detail[:200],
        **facts,
    )


def encrypted(name: str) -> ArchiveRefused:
    return ArchiveRefused(
        "content.archive_encrypted",
        f"The archive is protected by a password ({name}).",
        "Make it again without a password.",
        name=name,
    )


def unreadable_method(name: str, method: str) -> ArchiveRefused:
    return ArchiveRefused(
        "content.archive_method",
        f"{name} is stored in a way that is not read here ({method}).",
        "Make a plain zip (method Deflate), or a .tar.gz.",
        name=name,
        method=method,
    )


def empty() -> ArchiveRefused:
    return ArchiveRefused(
        "content.archive_empty", "The archive holds no file.", "Check what was packed; to empty a site, erase it."
    )


def unsafe_path(name: str) -> ArchiveRefused:
    return ArchiveRefused(
        "content.unsafe_path",
        f"{name} would be written outside the site.",
        "Pack the site's folder with relative names: no leading /, no drive letter, no \\ and no `..`.",
        name=name,
    )


def unsafe_name(name: str) -> ArchiveRefused:
    return ArchiveRefused(
        "content.unsafe_name",
        f"{name} is not a name a file can have here: too long, too deep, empty, or with control characters.",
        "Rename the file and make the archive again.",
        name=name,
    )


def unsafe_link(name: str, target: str) -> ArchiveRefused:
    return ArchiveRefused(
        "content.unsafe_link",
        f"{name} is a link that leads out of the site ({target}).",
        "Replace the link by the file it means, or make it relative and inside the site.",
        name=name,
        target=target,
    )


def special_file(name: str) -> ArchiveRefused:
    return ArchiveRefused(
        "content.special_file",
        f"{name} is a device, a pipe or a socket, not a file.",
        "Leave it out of the archive.",
        name=name,
    )


def name_twice(name: str) -> ArchiveRefused:
    return ArchiveRefused(
        "content.name_twice",
        f"{name} is in the archive twice, or is both a file and a folder.",
        "Make a new archive from the folder rather than adding to an old one.",
        name=name,
    )


def through_link(name: str) -> ArchiveRefused:
    return ArchiveRefused(
        "content.through_link",
        f"{name} would be written through a link of the same archive.",
        "Make a new archive from the folder rather than adding to an old one.",
        name=name,
    )


def too_large(bytes_max: int) -> ArchiveRefused:
    return ArchiveRefused(
        "content.too_large",
        f"Unpacked, the archive is larger than the {bytes_max // 1_000_000} MB that it may be.",
        "Leave out what the site does not need, or ask for more space.",
        bytes_max=bytes_max,
        megabytes=bytes_max // 1_000_000,
    )


def too_many_files(files_max: int) -> ArchiveRefused:
    return ArchiveRefused(
        "content.too_many_files",
        f"The archive holds more than {files_max} files and folders.",
        "Leave out caches and development folders such as node_modules.",
        files_max=files_max,
    )


def bomb(ratio_max: int) -> ArchiveRefused:
    return ArchiveRefused(
        "content.bomb",
        f"The archive unfolds to more than {ratio_max} times its size.",
        "If the files are really like that, send them in several smaller archives.",
        ratio_max=ratio_max,
    )
