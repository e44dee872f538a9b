"""Why an account stands where it does. Decided here, not on a machine; said by code all the same, since the next reader may
speak another language than who ordered.
"""

from django.utils.translation import gettext_lazy as _

from essaim.manager.fleet.sentences.words import say

MOST_ROOM = "fleet.most_room"

WORDS = {
    MOST_ROOM: say(
        _("{machine} has the most room: {used} of {capacity} accounts, among {count} web machines."),
        _("{machine} is the only web machine with room: {used} of {capacity} accounts."),
    ),
}
