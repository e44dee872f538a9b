"""What is refused of a certificate that somebody brings, and of an order to replace many."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError


class CertificateRefused(EssaimError):
    """Base of what is refused of an uploaded certificate or its key."""

    code = "hosting.certificate_refused"
    http_status = 422
    field = "chain"


class CertificateUnreadable(CertificateRefused):
    """Neither PEM nor PKCS#12."""

    code = "hosting.certificate_unreadable"
    message = _("In this file there is no certificate that can be read.")
    hint = _(
        "Give the certificate with its chain as PEM (it begins with BEGIN CERTIFICATE), or a PKCS#12 file (.p12, .pfx)."
    )


class CertificateTooLarge(CertificateRefused):
    """Above what a chain ever is."""

    code = "hosting.certificate_too_large"
    message = _("This file is larger than {most_kib} KiB: it is no certificate with its chain.")
    hint = _("Give the site's certificate and those between it and the root, and nothing else.")


class CertificateKeyMissing(CertificateRefused):
    """No private key in either file."""

    code = "hosting.certificate_key_missing"
    message = _("The private key is missing.")
    hint = _("Give the key's file too. Whoever ordered the certificate has it; the authority does not.")
    field = "key"


class CertificateKeyUnreadable(CertificateRefused):
    """Not a private key, or of a kind that nobody uses here."""

    code = "hosting.certificate_key_unreadable"
    message = _("The private key cannot be read.")
    hint = _("Give it as PEM: it begins with BEGIN PRIVATE KEY.")
    field = "key"


class CertificatePassphraseWrong(CertificateRefused):
    """Needed and missing, or not the one."""

    code = "hosting.certificate_passphrase_wrong"
    message = _("The pass phrase does not open the private key.")
    hint = _("Type the pass phrase with which the key's file was protected. It is used once and not kept.")
    field = "passphrase"


class CertificateKeyMismatch(CertificateRefused):
    """The key is another certificate's."""

    code = "hosting.certificate_key_mismatch"
    message = _("The private key does not belong to this certificate.")
    hint = _("Give the key with which this very certificate was ordered.")
    field = "key"


class CertificateNamesMissing(CertificateRefused):
    """It does not cover a name of the site."""

    code = "hosting.certificate_names_missing"
    message = _("The certificate does not cover {names}: it is for {covered}.")
    hint = _("Order one for all names of the site, or take those names off the site first.")


class CertificateExpired(CertificateRefused):
    """Its end is past."""

    code = "hosting.certificate_expired"
    message = _("The certificate ended on {day}.")
    hint = _("Give the one that took its place.")


class CertificateNotYetValid(CertificateRefused):
    """Its beginning is to come."""

    code = "hosting.certificate_not_yet_valid"
    message = _("The certificate is not valid before {day}.")
    hint = _("Upload it then.")


class CertificateWeak(CertificateRefused):
    """Browsers refuse it, or somebody could forge it."""

    code = "hosting.certificate_weak"
    message = _("The certificate is too weak: {what}.")
    hint = _("Order a new one: ECDSA P-256 or RSA from 2048 bits on, signed with SHA-256 or better.")


class CertificateChainIncomplete(CertificateRefused):
    """A certificate between it and a root is absent."""

    code = "hosting.certificate_chain_incomplete"
    message = _("The chain is not complete: the certificate of “{issuer}” is missing.")
    hint = _("Add it below the site's own in the same file. Your authority offers it as “intermediate” or “chain”.")


class CertificateRootUnknown(CertificateRefused):
    """It ends at a root that no browser knows, or is signed by itself."""

    code = "hosting.certificate_root_unknown"
    message = _("Nobody trusts “{issuer}”, which this certificate comes from.")
    hint = _(
        "Use an automatic certificate. If it is an authority of your house, the team has to make it known to the Manager first."
    )


class CertificateUntrusted(CertificateRefused):
    """Its chain does not hold for another reason."""

    code = "hosting.certificate_untrusted"
    message = _("The chain does not hold: {detail}")
    hint = _("Ask your authority for a certificate for web servers, with its chain.")


class CertificateNowhereKept(EssaimError):
    """The site's machine has not told its key for secrets."""

    code = "hosting.certificate_nowhere_kept"
    message = _("The machine {machine} cannot take a private key yet: it has not told the key to seal it with.")
    hint = _("The team updates its agent; then try again. The automatic certificate serves on.")
    http_status = 409


class TlsProfileUnknown(EssaimError):
    """Neither modern nor intermediate."""

    code = "hosting.tls_profile_unknown"
    message = _("“{tls}” is no choice of TLS versions.")
    hint = _("Choose modern (TLS 1.3), intermediate (TLS 1.2 too), or leave it empty for the house's usual.")
    http_status = 422
    field = "tls"


class NothingToReissue(EssaimError):
    """No certificate matches."""

    code = "hosting.nothing_to_reissue"
    message = _("No certificate in place matches: nothing is to be replaced.")
    hint = _("Choose another machine or authority.")
    http_status = 409
    field = "authority"


class ReissueUnderWay(EssaimError):
    """One at a time."""

    code = "hosting.reissue_under_way"
    message = _("Certificates are being ordered anew since {moment}.")
    hint = _("Wait until each machine has been told; how far it is stands on this page.")
    http_status = 409
    field = "authority"


class ReissuedToday(EssaimError):
    """A client's own order, a second time in a day."""

    code = "hosting.reissued_today"
    message = _("The certificate of {name} was ordered anew less than a day ago.")
    hint = _("It can be again from {moment} on. If its key is known to others, ask the team: they can at once.")
    http_status = 409
    field = "reason"
