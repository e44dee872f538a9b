"""Certificates from an ACME authority (RFC 8555), ordered by a process of its own.

The libraries for it take as much memory as the whole agent, so they live in `python3 -m essaim.agent.acme`: started
when the first order comes, gone after a minute without one. It is given a signing request, never a site's key.

    helper.py     in the agent: starts the process and speaks with it
    __main__.py   in the process, and all below: one JSON line an order, one JSON line an answer
    directory.py  an authority as one thread speaks with it, and the account there
    order.py      from names and a signing request to a chain
    problems.py   what goes wrong, said for a volunteer
"""
