"""Signing in while 200 wrong guesses a second come, from one network and from a thousand, at the Manager as it is put into service.

Who is turned away while all is new does as the page says: waits for five seconds and tries again, once.
"""

import json

from benchmarks.harness import as_manager
from benchmarks.rows import Row, at_least, at_most, percentile
from essaim.lab.platform import Platform

SIZE = 30
"""Seconds of each flood."""
A_SECOND = 200
FLOOD = r"""
import http.client, json, re, sys, threading, time
import django
django.setup()
from django.conf import settings
from essaim.manager.people.models import Person
from urllib.parse import urlencode
seconds, networks, a_second = map(int, sys.argv[1:])
host = settings.ALLOWED_HOSTS[0]
import os
bind = os.environ.get("ESSAIM_BIND", "127.0.0.1:8000").rpartition(":")
address, port = bind[0].strip("[]") or "127.0.0.1", int(bind[2])
if address in ("0.0.0.0", "::"): address = "127.0.0.1"
for n in range(4):
    person, _new = Person.objects.get_or_create(email=f"right{n}@example.test", defaults={"name": "Right"})
    person.set_password("correct horse battery staple"); person.save()

class Visitor:
    def __init__(self, origin):
        self.origin, self.cookies, self.token = origin, {}, ""
        self.link = http.client.HTTPConnection(address, port, timeout=30)
    def ask(self, method, path, form=None):
        headers = {"Host": host, "X-Forwarded-For": self.origin, "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), "Referer": f"http://{host}/"}
        body = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(form | {"csrfmiddlewaretoken": self.token})
        self.link.request(method, path, body, headers)
        answer = self.link.getresponse()
        text = answer.read().decode(errors="replace")
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                k, _, v = value.partition(";")[0].partition("=")
                self.cookies[k] = v
        if found := re.search(r'csrfmiddlewaretoken" value="([^"]+)"', text):
            self.token = found[1]
        return answer.status
    def sign_in(self, email, password):
        return self.ask("POST", "/sign-in/", {"email": email, "password": password})

def ready(origin):
    one = Visitor(origin); one.ask("GET", "/sign-in/"); return one

def leave(one):
    one.ask("GET", "/security/")
    assert one.ask("POST", "/sign-out/", {}) == 302, "no sign-out"
    one.ask("GET", "/sign-in/")
    assert one.ask("GET", "/security/") == 302, "who is signed in already is let in without a look at the password"

known = [ready(f"203.0.113.{n}") for n in range(2)]
for n, one in enumerate(known):
    assert one.sign_in(f"right{n}@example.test", "correct horse battery staple") == 302, "no sign-in without a flood"
    leave(one)
ends = time.monotonic() + seconds
answers, lock = {}, threading.Lock()
token = ready("192.0.2.1")
def flood(worker, workers):
    n, started = worker, time.monotonic()
    one = Visitor("")
    one.cookies, one.token = dict(token.cookies), token.token
    while time.monotonic() < ends:
        due = started + (n // workers) * workers / a_second
        time.sleep(max(0, due - time.monotonic()))
        one.origin = f"10.{n % networks // 250}.{n % networks % 250}.7"
        try:
            status = one.sign_in(f"guess{n}@example.test", "wrong wrong wrong")
        except (OSError, http.client.HTTPException):
            status = 0; one.link.close()
        one.cookies = dict(token.cookies)
        with lock: answers[status] = answers.get(status, 0) + 1
        n += workers
threads = [threading.Thread(target=flood, args=(w, 20)) for w in range(20)]
for thread in threads: thread.start()
taken = {"known": [], "new": []}
failed = {"known": 0, "new": 0}
back, later = [], []
def come_back(one, n):
    time.sleep(6)
    later.append(one.sign_in(f"right{n}@example.test", "correct horse battery staple") == 302 and one.ask("GET", "/security/") == 200)
time.sleep(2)
turn = 0
while time.monotonic() < ends - 1:
    for kind in ("known", "new"):
        n = turn % 2 + (2 if kind == "new" else 0)
        one = known[turn % 2] if kind == "known" else ready(f"198.51.{100 + turn % 100}.{turn % 250 + 1}")
        at = time.monotonic()
        status = one.sign_in(f"right{n}@example.test", "correct horse battery staple")
        taken[kind].append(time.monotonic() - at)
        if kind == "new" and status == 429:
            back.append(threading.Thread(target=come_back, args=(one, n)))
            back[-1].start()
        else:
            failed[kind] += status != 302 or one.ask("GET", "/security/") != 200
        if kind == "known" and status == 302:
            leave(one)
    turn += 1
    time.sleep(0.3)
for thread in threads + back: thread.join()
failed["new"] += later.count(False)
print(json.dumps({"taken": taken, "failed": failed, "back": len(back), "answers": answers, "a_second": sum(answers.values()) / seconds}))
"""


def measure(platform: Platform, size: int) -> list[Row]:
    """`size`: seconds of each flood."""
    rows = []
    for networks in (1, 1000):
        said = as_manager(platform, FLOOD, str(size), str(networks), str(A_SECOND), timeout=size * 4 + 120)
        found = json.loads(said.strip().splitlines()[-1])
        where = "one network" if networks == 1 else f"{networks} networks"
        turned_away = found["answers"].get("429", 0)
        every = f"{turned_away} of {sum(found['answers'].values())} turned away unread"
        rows.append(
            at_least(f"wrong guesses from {where}", round(found["a_second"], 1), "/s", A_SECOND * 0.95, compared=every)
        )
        for kind, words in (("known", "browser known"), ("new", "browser and network new")):
            worst = percentile(found["taken"][kind], 95)
            tried = f"of {len(found['taken'][kind])}"
            rows.append(at_most(f"right ones, {where}, {words}, p95", round(worst, 3), "s", 1.0, compared=tried))
            back = f"{found['back']} were turned away at first, and came back as asked" if kind == "new" else ""
            rows.append(at_most(f"right ones kept out, {where}, {words}", found["failed"][kind], "", 0, compared=back))
    return rows
