"""X.509 for mutual TLS: keys, certificates, checks, renewal decisions and bundles.

Pure: no Pulumi, no clock, no disk, no network. PEM in and out is text with LF line ends, the time
is an argument. Whatever cannot be done or read raises `CertificateError`, whose message never
holds key material. Only `cryptography` does cryptography.

Names are imported from the module that owns them: `keys` and `building` make, `checking`, `facts` and `constraints` read
and refuse, `renewal` and `rotation` say what is due, `bundles` and `custody` put keys into files.
"""
