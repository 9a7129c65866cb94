"""The one place that puts adapters and use cases together.

Adapters are imported when they are first asked for: a function pays, at its cold start, for what it uses.
"""

from __future__ import annotations

import os
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from pilotage.aws.clock import SystemClock
from pilotage.settings import Settings

if TYPE_CHECKING:
    from pilotage import ports
    from pilotage.aws.clients import Clients
    from pilotage.aws.table import Table
    from pilotage.usecases.answer_message import Answerer
    from pilotage.usecases.apply_release import Writer
    from pilotage.usecases.await_people import Asker
    from pilotage.usecases.conclude_release import Concluder
    from pilotage.usecases.decide import Decider
    from pilotage.usecases.follow_rollout import Follower
    from pilotage.usecases.list_releases import Lister
    from pilotage.usecases.mirror_release import Mirrorer
    from pilotage.usecases.receive_message import Receiver
    from pilotage.usecases.reconcile import Reconciler
    from pilotage.usecases.say_answer import Speaker
    from pilotage.usecases.sign_news import NewsSigner
    from pilotage.usecases.steer import Steerer
    from pilotage.usecases.take_command import Taker
    from pilotage.usecases.tell_everybody import Everybody
    from pilotage.usecases.tell_people import Chat, Teller

# ruff: noqa: PLC0415 - an import here is a cold start saved elsewhere


@cache
def world() -> World:
    """The world of this process: one session, one set of clients."""
    from pilotage.aws.clients import Clients

    return World(Settings.read(os.environ), Clients())


class World:
    """Every port with its adapter, made once each, and the use cases that they go into."""

    def __init__(self, settings: Settings, clients: Clients) -> None:
        self.settings, self.clients = settings, clients
        self.clock: ports.Clock = SystemClock()

    @cached_property
    def registry(self) -> ports.Registry:
        from pilotage.aws.registry import EcrRegistry

        return EcrRegistry(self.clients.ecr)

    @cached_property
    def scans(self) -> ports.Scans:
        from pilotage.aws.scans import EcrScans

        return EcrScans(self.clients.ecr)

    @cached_property
    def policies(self) -> ports.Policies:
        from pilotage.aws.policies import S3Policies

        return S3Policies(self.clients.s3, self.settings.policy_bucket)

    @cached_property
    def services(self) -> ports.Services:
        from pilotage.aws.services import EcsServices

        return EcsServices(self.clients, self.models, self.clock)

    @cached_property
    def schedules(self) -> ports.Schedules:
        from pilotage.aws.schedules import SchedulerSchedules

        return SchedulerSchedules(self.clients.scheduler, self.clients.ecs, self.models)

    @cached_property
    def models(self) -> ports.Models:
        from pilotage.aws.models import BotocoreModels

        return BotocoreModels()

    @cached_property
    def _table(self) -> Table:
        from pilotage.aws.table import Table

        return Table(self.clients.dynamodb, self.settings.table)

    @cached_property
    def plans(self) -> ports.Plans:
        from pilotage.aws.plans import TablePlans

        return TablePlans(self._table, self.clock)

    @cached_property
    def records(self) -> ports.Records:
        from pilotage.aws.records import TableRecords

        return TableRecords(self._table)

    @cached_property
    def leases(self) -> ports.Leases:
        from pilotage.aws.leases import TableLeases

        return TableLeases(self._table)

    @cached_property
    def rollouts(self) -> ports.Rollouts:
        from pilotage.aws.rollouts import TableRollouts

        return TableRollouts(self._table)

    @cached_property
    def approvals(self) -> ports.Approvals:
        from pilotage.aws.approvals import TableApprovals

        return TableApprovals(self._table)

    @cached_property
    def waits(self) -> ports.Waits:
        from pilotage.aws.waits import TableWaits

        return TableWaits(self._table)

    @cached_property
    def trail(self) -> ports.Trail:
        from pilotage.aws.trail import TableTrail

        return TableTrail(self._table)

    @cached_property
    def stops(self) -> ports.Stops:
        from pilotage.aws.stops import TableStops

        return TableStops(self._table)

    @cached_property
    def pins(self) -> ports.Pins:
        from pilotage.aws.pins import TablePins

        return TablePins(self._table)

    @cached_property
    def pace(self) -> ports.Pace:
        from pilotage.aws.pace import TablePace

        return TablePace(self._table)

    @cached_property
    def executions(self) -> ports.Executions:
        from pilotage.aws.executions import StepFunctionsExecutions

        return StepFunctionsExecutions(self.clients.stepfunctions, self.settings.state_machine)

    @cached_property
    def announcer(self) -> ports.Announcer:
        from pilotage.aws.announcer import EventBridgeAnnouncer

        return EventBridgeAnnouncer(self.clients.events, self.settings.event_bus)

    @cached_property
    def subscribers(self) -> ports.Subscribers:
        from pilotage.aws.announcer import EventBridgeSubscribers

        return EventBridgeSubscribers(self.clients.events, self.settings.event_bus)

    @cached_property
    def cards(self) -> ports.Cards:
        from pilotage.aws.cards import TableCards

        return TableCards(self._table)

    @cached_property
    def slack(self) -> ports.Room:
        from pilotage.chat.slack_room import SlackRoom

        return SlackRoom(self.secrets, self.settings.slack_api)

    @cached_property
    def teams(self) -> ports.Room:
        from pilotage.chat.teams_room import TeamsRoom

        return TeamsRoom(self.secrets)

    @cached_property
    def conclusions(self) -> ports.Conclusions:
        from pilotage.aws.conclusions import LambdaConclusions

        return LambdaConclusions(self.clients.lambda_, self.settings.conclude_function)

    @cached_property
    def secrets(self) -> ports.Secrets:
        from pilotage.aws.secrets import SecretsManagerSecrets

        return SecretsManagerSecrets(self.clients.secretsmanager, self.settings.secrets, self.clock)

    @cached_property
    def messages(self) -> ports.Messages:
        from pilotage.aws.messages import LambdaMessages

        return LambdaMessages(self.clients.lambda_, self.settings.answer_function)

    @cached_property
    def meter(self) -> ports.Meter:
        from pilotage.telemetry import EmfMeter

        return EmfMeter()

    @property
    def receiver(self) -> Receiver:
        from pilotage.usecases.receive_message import Receiver

        return Receiver(self.secrets, self.messages, self.meter, self.clock)

    @property
    def lister(self) -> Lister:
        from pilotage.usecases.list_releases import Lister

        return Lister(
            default_environment=self.settings.default_environment,
            secrets=self.secrets,
            records=self.records,
            approvals=self.approvals,
            meter=self.meter,
            clock=self.clock,
        )

    @cached_property
    def mirror(self) -> ports.Mirror:
        from pilotage.aws.signing import KmsSigner
        from pilotage.chat.github_app import GitHubApp
        from pilotage.chat.github_mirror import GitHubMirror

        signer = KmsSigner(self.clients.kms)
        return GitHubMirror(GitHubApp(self.secrets, signer, self.clock, self.settings.github_api))

    @property
    def mirrorer(self) -> Mirrorer:
        from pilotage.usecases.mirror_release import Mirrorer

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
        from pilotage.usecases.tell_everybody import Everybody

        return Everybody(self.teller, self.mirrorer, self.news_signer)

    @property
    def news_signer(self) -> NewsSigner:
        from pilotage.usecases.sign_news import NewsSigner

        return NewsSigner(self.secrets, self.records, self.approvals, self.subscribers, self.clock)

    def for_receiving(self) -> dict[str, Any]:
        return {
            "default_environment": self.settings.default_environment,
            "registry": self.registry,
            "policies": self.policies,
            "records": self.records,
            "executions": self.executions,
            "clock": self.clock,
        }

    def for_telling_refused(self) -> dict[str, Any]:
        return {"records": self.records, "announcer": self.announcer, "clock": self.clock}

    def for_preparing(self) -> dict[str, Any]:
        from pilotage.usecases.prepare_release import Home

        return {
            "home": Home(self.settings.account, self.settings.region),
            "registry": self.registry,
            "policies": self.policies,
            "services": self.services,
            "schedules": self.schedules,
            "records": self.records,
            "approvals": self.approvals,
            "stops": self.stops,
            "pins": self.pins,
            "scans": self.scans,
            "models": self.models,
            "clock": self.clock,
        }

    def for_filing(self) -> dict[str, Any]:
        return {"plans": self.plans, "records": self.records, "clock": self.clock}

    def for_awaiting_turn(self) -> dict[str, Any]:
        return {
            "leases": self.leases,
            "rollouts": self.rollouts,
            "executions": self.executions,
            "policies": self.policies,
        }

    @property
    def asker(self) -> Asker:
        from pilotage.usecases.await_people import Asker

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
        from pilotage.usecases.decide import Decider

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
        from pilotage.usecases.helm import Helm
        from pilotage.usecases.steer import Steerer

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
            )
        )

    @property
    def answerer(self) -> Answerer:
        from pilotage.usecases.answer_message import Answerer
        from pilotage.usecases.look import Looker

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
        from pilotage.usecases.take_command import Taker

        return Taker(self.answerer, self.meter, self.clock)

    @property
    def speaker(self) -> Speaker:
        from pilotage.usecases.say_answer import Speaker

        return Speaker(lambda: self.slack, self.announcer)

    @property
    def writer(self) -> Writer:
        from pilotage.usecases.apply_release import Writer

        return Writer(
            services=self.services,
            schedules=self.schedules,
            plans=self.plans,
            records=self.records,
            leases=self.leases,
            rollouts=self.rollouts,
            approvals=self.approvals,
            stops=self.stops,
            pins=self.pins,
            pace=self.pace,
            clock=self.clock,
        )

    @property
    def follower(self) -> Follower:
        from pilotage.usecases.follow_rollout import Follower

        return Follower(self.services, self.rollouts, self.executions, self.announcer, self.clock)

    @property
    def teller(self) -> Teller:
        from pilotage.people import Channel
        from pilotage.usecases.tell_people import Teller

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

    @property
    def concluder(self) -> Concluder:
        from pilotage.usecases.conclude_release import Concluder
        from pilotage.usecases.find_outcome import Finder

        return Concluder(
            finder=Finder(self.services, self.schedules),
            registry=self.registry,
            plans=self.plans,
            records=self.records,
            leases=self.leases,
            rollouts=self.rollouts,
            executions=self.executions,
            announcer=self.announcer,
            meter=self.meter,
            clock=self.clock,
        )

    @property
    def reconciler(self) -> Reconciler:
        from pilotage.usecases.reconcile import Reconciler

        return Reconciler(
            default_environment=self.settings.default_environment,
            registry=self.registry,
            policies=self.policies,
            records=self.records,
            leases=self.leases,
            rollouts=self.rollouts,
            executions=self.executions,
            conclusions=self.conclusions,
            services=self.services,
            announcer=self.announcer,
            clock=self.clock,
        )


def _in_slack(room: ports.Room) -> Chat:
    from pilotage.chat.slack_blocks import card_message, note_message, page_message
    from pilotage.usecases.tell_people import Chat

    return Chat(room, card_message, note_message, page_message, changes=True)


def _in_teams(room: ports.Room) -> Chat:
    from pilotage.chat.teams_cards import card_message, note_message
    from pilotage.usecases.tell_people import Chat

    return Chat(room, card_message, note_message, note_message, changes=False)
