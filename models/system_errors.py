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
    errno.EDQUOT: "os.full",
    errno.EIO: "os.broken",
    errno.EROFS: "os.read_only",
    errno.ENAMETOOLONG: "os.long_name",
    errno.ELOOP: "os.circle",
}


def is_known(error: OSError) -> bool:
    """Whether there are words for what the operating system refused."""
    return error.errno in _KEYS


def refusal_behind(error: BaseException) -> OSError | None:
    """What the operating system refused and made of it this error of a library; None when there are no words for it."""
    link: BaseException | None = error
    passed: set[int] = set()
    while link is not None and id(link) not in passed:
        if isinstance(link, OSError) and is_known(link):
            return link
        passed.add(id(link))
        link = link.__cause__ or link.__context__
    return None


def os_reason(error: OSError) -> Message:
    """Why the operating system refused something."""
    number = error.errno or 0
    return message(_KEYS.get(number, "os.other"), number=errno.errorcode.get(number, "?"))


def refused_by_system(error: OSError) -> EnsiaError:
    """An error of the operating system as one that a person can act on: the file, why, and what to look at."""
    return EnsiaError(os_reason(error), place=str(error.filename or ""), advice=message("os.advice"))
