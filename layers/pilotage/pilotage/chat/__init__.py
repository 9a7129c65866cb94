"""What the card of a release looks like in each chat, and the rooms that it is posted to: adapters, as `pilotage.aws`.

slack_text, slack_blocks   a card in Slack's Block Kit
slack_room                 Slack's Web API: the port Room
teams_cards                a card as an adaptive card
teams_room                 a Teams workflow's URL: the port Room
"""
