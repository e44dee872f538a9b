"""What visitors asked for: from nginx' one log to each site's own files and to sums by hour and day.

It runs as a process of its own, `essaim-logs.service`, as a user that may read the log and write these files and nothing else.

    raw        nginx' files, read from where the last batch ended, across rotations
    lines      one line: decoded, and as other programs read it
    sites      whose a name is
    files      the clients' own files, a file a day
    sums       what one batch adds
    store      sums and positions in one SQLite file, which change together or not at all
    reader     the loop
    telling    what the agent is given to tell the manager
    keeping    rotation, and the end of what was kept; another unit, as root

Nothing here speaks to the bus. Docs: docs/logs.md.
"""
