"""Certificates from an ACME authority (RFC 8555), ordered by a process of its own.

The libraries for it take as much memory as the whole agent, so they live in `python3 -m essaim.agent.acme`: started
when the first order comes, gone after a minute without one. It is given a signing request, never a site's key.

    helper.py     in the agent: starts the process and speaks with it
    preference.py in the agent: which authority is asked, and which next
    budget.py     in the agent: how many orders an authority gets, and whose turn it is
    window.py     in the agent: when a certificate is renewed
    keys.py       keys that bind an account to a contract with an authority, in a file of root's
    __main__.py   in the process, and all below: one JSON line an order, one JSON line an answer
    directory.py  an authority as one thread speaks with it, and the account there
    order.py      from names and a signing request to a chain
    ari.py        when the authority suggests to renew (RFC 9773)
    problems.py   what goes wrong, said for a volunteer
"""
