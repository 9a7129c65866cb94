"""A chat on loopback that stands in for one Slack workspace: the whole conversation, without an account anywhere.

To the application it is Slack: the Web API (`web_api`) with Slack's refusals (`messages`, `blocks`), signed
interactions and slash commands (`payloads`, `sending`), response URLs. To a person it is a page (`page/`) that shows
Block Kit as Slack does. It runs as a process of its own beside the embedded AWS (`process`), and knows of Pilotage no
more than its name.
"""

from pilotage_local.chat.process import Chat as Chat
from pilotage_local.chat.process import link as link
from pilotage_local.chat.process import start as start
from pilotage_local.chat.process import status as status
from pilotage_local.chat.process import stop as stop
from pilotage_local.chat.workspace import Channel as Channel
from pilotage_local.chat.workspace import Links as Links
from pilotage_local.chat.workspace import Person as Person
from pilotage_local.chat.workspace import Workspace as Workspace
from pilotage_local.chat.workspace import example_workspace as example_workspace
