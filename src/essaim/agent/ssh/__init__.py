"""What runs when somebody comes in by SSH: `door` (sshd asks it), `enter` (begins the session), `as_root`.

Each is a process of its own, started as root by sshd or sudo, and imports the standard library alone: a sign-in costs one start of Python.
What they know stands in files that root alone writes: `Places`. No word of the person who comes in is believed.
"""
