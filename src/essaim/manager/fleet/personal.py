"""What this room holds of people: nothing. Machines are ours, and the story's lines of a client's things are declared by hosting."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.core.personal import holds_nothing
from essaim.manager.fleet.models import BeatSample, BusContact, EnrolmentToken, Machine, Wanted

holds_nothing(Machine, EnrolmentToken, BeatSample, BusContact, because=_("about our own machines, written by machines"))
holds_nothing(Wanted, because=_("what a machine is to make of rows that are declared themselves; it changes with them"))
