"""Unpacks an upload beside a site and puts it in place, in a process that is the account's own user.

Root never touches what a client could have prepared: every path below an account's home is opened by the account.
Nothing here imports the rest of the agent; it is started by `resources.content` as `python3 -m essaim.agent.unpack`.

    sites/<fqdn>/                       what is served
    sites/.versions/<fqdn>/unpacking/   half of an upload, never served
                            ready/      a whole upload, not yet served
                            previous/   what was served before: the undo
                            discarded/  on its way out
"""
