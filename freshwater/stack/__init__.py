"""All of Freshwater on this machine: databases, topics, catalogue, partners, and the five services as processes.

    async with servers(folder) as found, stack(found, folder) as running:
        running.desk_url, running.environment("matching"), running.memory()

Nothing of the services is imported: they are started as `python -m services.<name>`, as anywhere else.
"""

from __future__ import annotations

from freshwater.stack.place import Place, StackError
from freshwater.stack.running import Stack, stack

__all__ = ["Place", "Stack", "StackError", "stack"]
