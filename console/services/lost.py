"""The problems of a shared database that the window treats each in its own way."""

from console.policy.errors import Invalid
from console.store.lost import Barred as Barred
from console.store.lost import Busy as Busy
from console.store.lost import Crowded as Crowded
from console.store.lost import Empty as Empty
from console.store.lost import Lost as Lost
from console.store.lost import OnlyReads as OnlyReads
from console.store.lost import PasswordNeeded as PasswordNeeded
from console.store.lost import TooNew as TooNew
from console.store.lost import Unconfirmed as Unconfirmed
from console.store.lost import Unknown as Unknown
from console.store.lost import Untrusted as Untrusted


class NotListed(Invalid):
    """The login can reach the database, but nobody put it on its People list."""

    title = "Not on the People list"
