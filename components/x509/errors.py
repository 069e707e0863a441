"""The one exception of the certificate code, `CertificateError`."""


class CertificateError(ValueError):
    """A certificate, key or request that cannot be used, said in words an operator can act on.

    The message names what was found and what is allowed. It never holds PEM, key material or the
    text of another library's exception: those may quote their input.
    """
