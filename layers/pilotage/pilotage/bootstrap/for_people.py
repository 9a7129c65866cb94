"""The use cases of people: asked, heard, obeyed and told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotage.bootstrap.adapters import Adapters

if TYPE_CHECKING:
    from pilotage import ports
    from pilotage.usecases.approvals.await_people import Asker
    from pilotage.usecases.approvals.decide import Decider
    from pilotage.usecases.commands.answer_message import Answerer
    from pilotage.usecases.commands.receive_message import Receiver
    from pilotage.usecases.commands.say_answer import Speaker
    from pilotage.usecases.commands.steer import Steerer
    from pilotage.usecases.commands.take_command import Taker
    from pilotage.usecases.news.list_releases import Lister
    from pilotage.usecases.news.mirror_release import Mirrorer
    from pilotage.usecases.news.sign_news import NewsSigner
    from pilotage.usecases.news.tell_answer import AnswerTeller
    from pilotage.usecases.news.tell_everybody import Everybody
    from pilotage.usecases.news.tell_people import Chat, Teller

# ruff: noqa: PLC0415 - an import here is a cold start saved elsewhere


class ForPeople(Adapters):
    """One attribute for each entrance."""

    @property
    def receiver(self) -> Receiver:
        from pilotage.usecases.commands.receive_message import Receiver

        return Receiver(self.secrets, self.messages, self.meter, self.clock)

    @property
    def lister(self) -> Lister:
        from pilotage.usecases.news.list_releases import Lister

        return Lister(
            default_environment=self.settings.default_environment,
            secrets=self.secrets,
            records=self.records,
            approvals=self.approvals,
            meter=self.meter,
            clock=self.clock,
        )

    @property
    def mirrorer(self) -> Mirrorer:
        from pilotage.usecases.news.mirror_release import Mirrorer

        return Mirrorer(
            policies=self.policies,
            records=self.records,
            plans=self.plans,
            executions=self.executions,
            cards=self.cards,
            mirror=lambda: self.mirror,
            page_of=self._page_of,
            clock=self.clock,
        )

    def _page_of(self, execution: str) -> str:
        """Of an execution, in the console of Step Functions."""
        region = self.settings.region
        return f"https://{region}.console.aws.amazon.com/states/home?region={region}#/v2/executions/details/{execution}"

    @property
    def everybody(self) -> Everybody:
        from pilotage.usecases.news.tell_everybody import Everybody

        return Everybody(self.teller, self.mirrorer, self.news_signer)

    @property
    def news_signer(self) -> NewsSigner:
        from pilotage.usecases.news.sign_news import NewsSigner

        return NewsSigner(self.secrets, self.records, self.approvals, self.subscribers, self.clock)

    @property
    def asker(self) -> Asker:
        from pilotage.usecases.approvals.await_people import Asker

        return Asker(
            approvals=self.approvals,
            waits=self.waits,
            plans=self.plans,
            records=self.records,
            policies=self.policies,
            stops=self.stops,
            trail=self.trail,
            executions=self.executions,
            leases=self.leases,
            announcer=self.announcer,
            clock=self.clock,
        )

    @property
    def decider(self) -> Decider:
        from pilotage.usecases.approvals.decide import Decider

        return Decider(
            approvals=self.approvals,
            waits=self.waits,
            records=self.records,
            stops=self.stops,
            trail=self.trail,
            executions=self.executions,
            announcer=self.announcer,
        )

    @property
    def steerer(self) -> Steerer:
        from pilotage.usecases.commands.helm import Helm
        from pilotage.usecases.commands.steer import Steerer

        return Steerer(
            Helm(
                records=self.records,
                rollouts=self.rollouts,
                registry=self.registry,
                executions=self.executions,
                stops=self.stops,
                pins=self.pins,
                trail=self.trail,
                asker=self.asker,
                migrations=self.migrations,
            )
        )

    @property
    def answerer(self) -> Answerer:
        from pilotage.usecases.commands.answer_message import Answerer
        from pilotage.usecases.commands.look import Looker

        return Answerer(
            default_environment=self.settings.default_environment,
            policies=self.policies,
            trail=self.trail,
            meter=self.meter,
            looker=Looker(
                self.records, self.plans, self.approvals, self.stops, self.pins, self.rollouts, self.policies
            ),
            decider=self.decider,
            steerer=self.steerer,
        )

    @property
    def taker(self) -> Taker:
        from pilotage.usecases.commands.take_command import Taker

        return Taker(self.answerer, self.meter, self.clock)

    @property
    def speaker(self) -> Speaker:
        from pilotage.usecases.commands.say_answer import Speaker

        return Speaker(lambda: self.slack, self.announcer, self.cards, self.clock)

    @property
    def answer_teller(self) -> AnswerTeller:
        from pilotage.people import Channel
        from pilotage.usecases.news.tell_answer import AnswerTeller

        return AnswerTeller(
            default_environment=self.settings.default_environment,
            policies=self.policies,
            cards=self.cards,
            replies={Channel.TEAMS: lambda: self.teams_replies, Channel.GITHUB: lambda: self.github_replies},
            clock=self.clock,
        )

    @property
    def teller(self) -> Teller:
        from pilotage.people import Channel
        from pilotage.usecases.news.tell_people import Teller

        return Teller(
            policies=self.policies,
            records=self.records,
            approvals=self.approvals,
            plans=self.plans,
            rollouts=self.rollouts,
            cards=self.cards,
            chats={Channel.SLACK: lambda: _in_slack(self.slack), Channel.TEAMS: lambda: _in_teams(self.teams)},
            clock=self.clock,
        )


def _in_slack(room: ports.Room) -> Chat:
    from pilotage.chat.slack_blocks import card_message, note_message, page_message
    from pilotage.usecases.news.tell_people import Chat

    return Chat(room, card_message, note_message, page_message, changes=True)


def _in_teams(room: ports.Room) -> Chat:
    from pilotage.chat.teams_cards import card_message, note_message
    from pilotage.usecases.news.tell_people import Chat

    return Chat(room, card_message, note_message, note_message, changes=False)
