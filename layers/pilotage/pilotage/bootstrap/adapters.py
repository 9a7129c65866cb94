"""Every other port with its adapter, made once each, when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pilotage.bootstrap.kept import Kept

if TYPE_CHECKING:
    from pilotage import ports
    from pilotage.chat.github_app import GitHubApp

# ruff: noqa: PLC0415 - an import here is a cold start saved elsewhere


class Adapters(Kept):
    """Attributes are named after their ports."""

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
    def scaling(self) -> ports.Scaling:
        from pilotage.aws.scaling import ApplicationScaling

        return ApplicationScaling(self.clients.scaling, self.clients.cloudwatch, self.models)

    @cached_property
    def service_revisions(self) -> ports.Revisions:
        from pilotage.aws.revisions import EcsRevisions

        return EcsRevisions(self.clients.ecs)

    @cached_property
    def alarms(self) -> ports.Alarms:
        from pilotage.aws.alarms import CloudWatchAlarms

        return CloudWatchAlarms(self.clients.cloudwatch, self.models)

    @cached_property
    def metrics(self) -> ports.Metrics:
        from pilotage.aws.metrics import CloudWatchMetrics

        return CloudWatchMetrics(self.clients.cloudwatch, self.clock)

    @cached_property
    def prober(self) -> ports.Prober:
        from pilotage.aws.prober import HttpProber

        return HttpProber()

    @cached_property
    def families(self) -> ports.Families:
        from pilotage.aws.families import EcsFamilies

        return EcsFamilies(self.clients.ecs)

    @cached_property
    def lookout(self) -> ports.Lookout:
        from pilotage.aws.lookout import AwsLookout

        return AwsLookout(self.clients)

    @cached_property
    def surveyor(self) -> ports.Surveyor:
        from pilotage.aws.surveyor import AwsSurveyor

        return AwsSurveyor(self.clients, self.registry)

    @cached_property
    def schedules(self) -> ports.Schedules:
        from pilotage.aws.schedules import SchedulerSchedules

        return SchedulerSchedules(self.clients.scheduler, self.clients.ecs, self.models)

    @cached_property
    def models(self) -> ports.Models:
        from pilotage.aws.models import BotocoreModels

        return BotocoreModels()

    @cached_property
    def tasks(self) -> ports.Tasks:
        from pilotage.aws.one_off_tasks import EcsTasks

        return EcsTasks(self.clients, self.models)

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

    @cached_property
    def _github_app(self) -> GitHubApp:
        from pilotage.aws.signing import KmsSigner
        from pilotage.chat.github_app import GitHubApp

        return GitHubApp(self.secrets, KmsSigner(self.clients.kms), self.clock, self.settings.github_api)

    @cached_property
    def mirror(self) -> ports.Mirror:
        from pilotage.chat.github_mirror import GitHubMirror

        return GitHubMirror(self._github_app)

    @property
    def github_replies(self) -> ports.Replies:
        from pilotage.chat.github_replies import GitHubReplies

        return GitHubReplies(self._github_app, self.settings.github_api)

    @property
    def teams_replies(self) -> ports.Replies:
        from pilotage.chat.teams_replies import TeamsReplies

        return TeamsReplies(self.teams)
