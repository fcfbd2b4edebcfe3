"""One coroutine function for each method of the protocol."""

from .account import AccountCalls
from .conversation import ConversationCalls
from .message import MessageCalls

__all__ = ["AccountCalls", "ConversationCalls", "MessageCalls"]
