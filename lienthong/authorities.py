"""Whose certificates are trusted, where a setting names a file of them."""

from __future__ import annotations

import ssl

from lienthong.refusals import misconfigured


def trusting(ca_file: str | None, setting: str) -> ssl.SSLContext:
    """The system's authorities, or those of a file (PEM). Raises Misconfigured, naming the setting: the library's own
    error does not say which file there isn't.
    """
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # an SSLError, for a file without certificates, is one
        why = error.strerror or str(error)
        raise misconfigured("setting_file_unreadable", name=setting, path=ca_file, why=why) from error
