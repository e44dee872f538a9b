"""Looks at sites from outside, as a visitor would: by name, over both address families, over HTTP and HTTPS.

http.py      one strict GET to one address
resolve.py   a name's addresses, as the system's resolver tells them
checks.py    which requests prove a site, and what an answer means: no I/O
proof.py     all requests of one proof, in parallel
watch.py     proves every site again at a gentle rate and tells what changed
"""
