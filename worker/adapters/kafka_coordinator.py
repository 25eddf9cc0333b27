"""The client's group coordinator, mended where it loses a join (kafka-python 3.0.x, pinned).

A join goes on in the client's own thread while nobody polls. The client looks at a join only from inside
`poll`: one that ended between two polls it forgets, and it joins again, which makes every member join again.
Members that poll briefly while they work can keep a group in that state for minutes. And a leader that joined
because the topic's partitions changed does not look at all once it has shared the new ones out: it waits
without partitions and without heartbeats, for ever.
"""

from __future__ import annotations

from typing import Any

from kafka.coordinator.consumer import ConsumerCoordinator
from kafka.structs import MemberState


class GroupCoordinator(ConsumerCoordinator):  # type: ignore[misc]
    """Takes the end of a join whenever it came."""

    @classmethod
    def take_over(cls, consumer: Any) -> None:
        """The consumer makes its coordinator itself, and offers no way to give it another."""
        consumer._coordinator.__class__ = cls

    def need_rejoin(self) -> bool:
        """A join that was begun is to be ended, whatever called for it and however often it fails."""
        return self.rejoining or bool(super().need_rejoin())

    async def join_group_async(self, timeout_ms: float | None = None) -> bool:
        join = self._join_task
        if join is not None and join.succeeded() and self.state is MemberState.REBALANCING:
            await self._finish(join.value)
        return bool(await super().join_group_async(timeout_ms=timeout_ms))

    async def _finish(self, assignment: bytes) -> None:
        """What the client does when it sees a join end."""
        self._join_task = None
        with self._lock:
            self.rejoining = self.rejoin_needed = False
            self.state = MemberState.STABLE
            self._enable_heartbeat()
        generation = self._generation
        await self._on_join_complete_async(
            generation.generation_id, generation.member_id, generation.protocol, assignment
        )
