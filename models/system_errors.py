"""What the operating system refuses, in our words: by the number of the error, since its own words are English."""

from __future__ import annotations

import errno

from models.errors import EnsiaError
from models.message import Message, message

_KEYS = {
    errno.ENOENT: "os.absent",
    errno.EACCES: "os.forbidden",
    errno.EPERM: "os.forbidden",
    errno.EISDIR: "os.folder",
    errno.ENOTDIR: "os.no_folder",
    errno.ENOSPC: "os.full",
    errno.EROFS: "os.read_only",
    errno.ENAMETOOLONG: "os.long_name",
    errno.ELOOP: "os.circle",
}


def os_reason(error: OSError) -> Message:
    """Why the operating system refused something."""
    number = error.errno or 0
    return message(_KEYS.get(number, "os.other"), number=errno.errorcode.get(number, "?"))


def refused_by_system(error: OSError) -> EnsiaError:
    """An error of the operating system as one that a person can act on: the file, why, and what to look at."""
    return EnsiaError(os_reason(error), place=str(error.filename or ""), advice=message("os.advice"))
