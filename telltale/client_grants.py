"""Who may read a memory at a server as a library: :class:`GrantMethods`, each asked over HTTP."""

from __future__ import annotations

from .client_asking import Served
from .client_http import in_path
from .granting import GrantMethods


class ServedGrants(Served, GrantMethods):
    """What each method does and raises stands at :class:`GrantMethods`."""

    def grant(self, tenant: str) -> None:
        """See :meth:`AgentMemory.grant`."""
        self._change("PUT", f"/grants/{in_path(tenant)}", again=True)

    def revoke_grant(self, tenant: str) -> None:
        """See :meth:`AgentMemory.revoke_grant`."""
        self._change("DELETE", f"/grants/{in_path(tenant)}", again=True)

    def grants(self) -> list[str]:
        """See :meth:`AgentMemory.grants`."""
        return self._read("/grants", list[str], "grants")
