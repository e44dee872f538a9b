"""Why an account was put back to the former build of its PHP."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.fleet.sentences.words import say

WORDS = {
    "tree.start_failed": say(_("its PHP did not start in the new build")),
    "tree.not_proved": say(_("its PHP did not prove itself in the new build")),
    "tree.crashes": say(_("its PHP did not stay up in the new build")),
}
