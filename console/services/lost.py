"""The problems of a shared database that the window treats each in its own way."""

from console.store.lost import Barred as Barred
from console.store.lost import Crowded as Crowded
from console.store.lost import Lost as Lost
from console.store.lost import PasswordNeeded as PasswordNeeded
from console.store.lost import Unknown as Unknown
from console.store.lost import Untrusted as Untrusted
