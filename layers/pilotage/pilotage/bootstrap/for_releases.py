"""The use cases of a release, from the push to the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotage.bootstrap.adapters import Adapters

if TYPE_CHECKING:
    from pilotage.usecases.apply_release import Writer
    from pilotage.usecases.check_rollout import Checker
    from pilotage.usecases.clean_up import Cleaner
    from pilotage.usecases.conclude_release import Concluder
    from pilotage.usecases.follow_rollout import Follower
    from pilotage.usecases.following.outsiders import Outsiders
    from pilotage.usecases.following.pausing import Pauses
    from pilotage.usecases.groups.roll_out_member import Members
    from pilotage.usecases.last_numbers import LastNumbers
    from pilotage.usecases.migrations.after_rollout import AfterRollout
    from pilotage.usecases.migrations.follow_migration import MigrationFollower
    from pilotage.usecases.migrations.migrate_release import Migrator
    from pilotage.usecases.outlook import Home, Outlook
    from pilotage.usecases.reconcile import Reconciler

# ruff: noqa: PLC0415 - an import here is a cold start saved elsewhere


class ForReleases(Adapters):
    """One attribute for each entrance: the use case, or the ports that it takes."""

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

    @property
    def home(self) -> Home:
        from pilotage.usecases.outlook import Home

        here = self.settings
        return Home(here.account, here.region, here.check_function, here.hook_role, here.start_job_function)

    @property
    def outlook(self) -> Outlook:
        from pilotage.usecases.outlook import Outlook

        return Outlook(
            home=self.home,
            registry=self.registry,
            policies=self.policies,
            services=self.services,
            scaling=self.scaling,
            schedules=self.schedules,
            records=self.records,
            last_sets=self.last_sets,
            approvals=self.approvals,
            stops=self.stops,
            pins=self.pins,
            scans=self.scans,
            models=self.models,
            surveyor=self.surveyor,
            clock=self.clock,
        )

    def for_filing(self) -> dict[str, Any]:
        return {"plans": self.plans, "records": self.records, "clock": self.clock}

    def for_awaiting_turn(self) -> dict[str, Any]:
        return {
            "leases": self.leases,
            "records": self.records,
            "rollouts": self.rollouts,
            "executions": self.executions,
            "policies": self.policies,
        }

    @property
    def writer(self) -> Writer:
        from pilotage.usecases.apply_release import Writer

        return Writer(
            services=self.services,
            scaling=self.scaling,
            alarms=self.alarms,
            schedules=self.schedules,
            plans=self.plans,
            records=self.records,
            last_sets=self.last_sets,
            leases=self.leases,
            rollouts=self.rollouts,
            approvals=self.approvals,
            stops=self.stops,
            pins=self.pins,
            pace=self.pace,
            clock=self.clock,
        )

    @property
    def migrator(self) -> Migrator:
        from pilotage.usecases.migrations.migrate_release import Migrator

        return Migrator(
            services=self.services,
            plans=self.plans,
            records=self.records,
            leases=self.leases,
            approvals=self.approvals,
            stops=self.stops,
            pins=self.pins,
            pace=self.pace,
            clock=self.clock,
            follower=self.migration_follower,
        )

    @property
    def migration_follower(self) -> MigrationFollower:
        from pilotage.usecases.migrations.follow_migration import MigrationFollower

        return MigrationFollower(self.tasks, self.migrations, self.records, self.executions, self.clock)

    @property
    def after_rollout(self) -> AfterRollout:
        from pilotage.usecases.migrations.after_rollout import AfterRollout

        return AfterRollout(self.services, self.plans, self.migration_follower)

    @property
    def follower(self) -> Follower:
        from pilotage.usecases.follow_rollout import Follower

        return Follower(
            services=self.services,
            rollouts=self.rollouts,
            executions=self.executions,
            announcer=self.announcer,
            clock=self.clock,
            pauses=lambda: self._pauses,
            outsiders=lambda: self._outsiders,
            after=lambda: self.after_rollout,
        )

    @property
    def _pauses(self) -> Pauses:
        from pilotage.usecases.following.pausing import Pauses

        return Pauses(self.approvals, self.plans, self.records, self.policies, self.rollouts, self.announcer)

    @property
    def _outsiders(self) -> Outsiders:
        from pilotage.usecases.following.outsiders import Outsiders

        return Outsiders(self.services, self.records, self.announcer)

    @property
    def checker(self) -> Checker:
        from pilotage.usecases.check_rollout import Checker

        return Checker(
            rollouts=self.rollouts,
            policies=self.policies,
            revisions=self.service_revisions,
            metrics=self.metrics,
            prober=self.prober,
            clock=self.clock,
        )

    @property
    def concluder(self) -> Concluder:
        from pilotage.usecases.conclude_release import Concluder
        from pilotage.usecases.find_outcome import Finder

        return Concluder(
            finder=Finder(self.services, self.schedules, self.scaling),
            registry=self.registry,
            plans=self.plans,
            records=self.records,
            leases=self.leases,
            rollouts=self.rollouts,
            groups=self.groups,
            executions=self.executions,
            announcer=self.announcer,
            meter=self.meter,
            clock=self.clock,
            numbers=lambda: self._last_numbers,
        )

    @property
    def _last_numbers(self) -> LastNumbers:
        from pilotage.usecases.last_numbers import LastNumbers

        return LastNumbers(self.metrics, self.clock)

    @property
    def members(self) -> Members:
        from pilotage.usecases.groups.roll_out_member import Members

        return Members(self.records, self.groups, self.leases, self.policies, self.executions, self.clock)

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
            groups=self.groups,
            executions=self.executions,
            conclusions=self.conclusions,
            services=self.services,
            announcer=self.announcer,
            cleaner=self.cleaner,
            clock=self.clock,
        )

    @property
    def cleaner(self) -> Cleaner:
        from pilotage.usecases.clean_up import Cleaner

        return Cleaner(
            families=self.families,
            alarms=self.alarms,
            services=self.services,
            schedules=self.schedules,
            records=self.records,
            leases=self.leases,
            rollouts=self.rollouts,
            migrations=self.migrations,
            policies=self.policies,
            pace=self.pace,
            clock=self.clock,
        )
