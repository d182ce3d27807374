"""Make a cluster's users and access lists what they should be, and say what was changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)

from freshwater.access.rules import Grant, is_ours
from freshwater.topics.changes import PATIENCE_SECONDS, admin_client
from shared.errors import FreshwaterError

# 4096 is Kafka's least; our passwords have 256 random bits, which no number of rounds makes safer.
ITERATIONS = 8192
HOSTS = "*"


class AccessError(FreshwaterError):
    """Users or access lists cannot be changed. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class AccessChanges:
    """What was done, or on a dry run would be."""

    users: tuple[str, ...]
    granted: tuple[Grant, ...]
    revoked: tuple[Grant, ...]

    @property
    def nothing(self) -> bool:
        return not (self.users or self.granted or self.revoked)


class Access:
    """Users and access lists of one cluster. Raises AccessError where Kafka refuses or does not answer."""

    def __init__(self, bootstrap: Sequence[str], security: Mapping[str, str] | None = None) -> None:
        self._bootstrap = bootstrap
        self._client: AdminClient = admin_client(bootstrap, security)

    def set_passwords(self, passwords: Mapping[str, str]) -> None:
        """Each user has this password from now on; connections that stand go on."""
        mechanism = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, ITERATIONS)
        wanted: list[UserScramCredentialAlteration] = [
            UserScramCredentialUpsertion(user, mechanism, password.encode()) for user, password in passwords.items()
        ]
        if wanted:
            self._all(lambda: self._client.alter_user_scram_credentials(wanted).values())

    def forget(self, user: str) -> None:
        """The user's password opens nothing any more."""
        gone: list[UserScramCredentialAlteration] = [UserScramCredentialDeletion(user, ScramMechanism.SCRAM_SHA_512)]
        self._all(lambda: self._client.alter_user_scram_credentials(gone).values())

    def apply(
        self, wanted: frozenset[Grant], passwords: Mapping[str, str] | None = None, *, dry_run: bool = False
    ) -> AccessChanges:
        """Grant what is missing; take away what our users may do beyond the list. Other users are left alone."""
        here = self.granted()
        changes = AccessChanges(
            users=tuple(sorted(passwords or {})),
            granted=tuple(sorted(wanted - here.keys())),
            revoked=tuple(sorted(here.keys() - wanted)),
        )
        if not dry_run:
            self.set_passwords(passwords or {})
            if changes.granted:
                self._all(lambda: self._client.create_acls([_binding(each) for each in changes.granted]).values())
            if changes.revoked:
                gone = [_filter_of(here[each]) for each in changes.revoked]
                self._all(lambda: self._client.delete_acls(gone).values())
        return changes

    def granted(self) -> dict[Grant, AclBinding]:
        """What our users may do now."""
        anything: Any = None
        everything = AclBindingFilter(
            ResourceType.ANY,
            anything,
            ResourcePatternType.ANY,
            anything,
            anything,
            AclOperation.ANY,
            AclPermissionType.ANY,
        )
        found: list[AclBinding] = self._all(lambda: [self._client.describe_acls(everything)])[0]
        read = ((_grant(binding), binding) for binding in found)
        return {grant: binding for grant, binding in read if is_ours(grant.user)}

    def _all(self, ask: Callable[[], Iterable[Future[Any]]]) -> list[Any]:
        try:
            return [future.result(PATIENCE_SECONDS) for future in ask()]
        except KafkaException as error:
            raise AccessError(
                f"Kafka at {', '.join(self._bootstrap)} refused: {error.args[0].str()}. Access is changed as the"
                " administrator: FRESHWATER_KAFKA_USER and FRESHWATER_KAFKA_PASSWORD name him"
            ) from error
        except TimeoutError as error:
            raise AccessError(
                f"Kafka at {', '.join(self._bootstrap)} did not answer in {PATIENCE_SECONDS:.0f} s"
            ) from error


def _binding(grant: Grant) -> AclBinding:
    return AclBinding(
        ResourceType[grant.resource.upper()],
        grant.name,
        ResourcePatternType.LITERAL,
        f"User:{grant.user}",
        HOSTS,
        AclOperation[grant.operation],
        AclPermissionType.ALLOW,
    )


def _grant(binding: AclBinding) -> Grant:
    """What a binding says. One of another kind (a pattern, a denial) reads as none of the list, hence is taken away."""
    pattern, kind = ResourcePatternType(binding.resource_pattern_type), ResourceType(binding.restype)
    allowed = binding.permission_type is AclPermissionType.ALLOW and binding.host == HOSTS
    plain = pattern is ResourcePatternType.LITERAL and allowed
    return Grant(
        str(binding.principal).removeprefix("User:"),
        kind.name.lower(),
        binding.name if plain else f"{binding.name} ({pattern.name}, {binding.host})",
        AclOperation(binding.operation).name,
    )


def _filter_of(binding: AclBinding) -> AclBindingFilter:
    return AclBindingFilter(
        binding.restype,
        binding.name,
        binding.resource_pattern_type,
        binding.principal,
        binding.host,
        binding.operation,
        binding.permission_type,
    )
