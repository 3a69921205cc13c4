"""ElastiCache.

Corrected: a replication group that was deleted is gone (moto keeps it as `deleting` for ever); cache subnet groups can be deleted.
Added: where the cloud gives an address for them (`serve_at`), each replication group is a real Redis server there, with TLS and its password,
whatever its engine; one node of it, however many it has. It holds its data in memory and outlives every machine.
"""

from typing import Any

import cache_process
from moto.core.responses import ActionResult, EmptyResult
from moto.elasticache.exceptions import CacheSubnetGroupNotFound
from moto.elasticache.models import ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse

#: Where servers listen, and the folder for their sockets and for `cache-ca.pem`, by which machines know them; None: there are no servers.
_place: tuple[str, str] | None = None
_servers: dict[str, cache_process.CacheProcess] = {}


def install() -> None:
    ElastiCacheBackend.create_replication_group = _creating(ElastiCacheBackend.create_replication_group)  # type: ignore[method-assign]
    ElastiCacheBackend.delete_replication_group = _deleting(ElastiCacheBackend.delete_replication_group)  # type: ignore[method-assign]
    ElastiCacheResponse.delete_cache_subnet_group = _delete_cache_subnet_group  # type: ignore[attr-defined]


def serve_at(host: str, folder: str) -> None:
    global _place
    _place = (host, folder)


def _creating(original: Any) -> Any:
    def create(self: ElastiCacheBackend, **given: Any) -> Any:
        group = original(self, **given)
        binary = cache_process.find_server()
        if _place is None or binary is None:
            return group
        host, folder = _place
        _servers[group.arn] = cache_process.CacheProcess(binary, host, group.port, given.get("auth_token") or "", folder)
        for node_group in group.node_groups:
            node_group["primary_endpoint_address"] = node_group["reader_endpoint_address"] = host
            node_group["primary_endpoint"] = {"address": host, "port": group.port}
        return group

    return create


def _deleting(original: Any) -> Any:
    def delete(self: ElastiCacheBackend, replication_group_id: str, *given: Any, **named: Any) -> Any:
        group = original(self, replication_group_id, *given, **named)
        del self.replication_groups[replication_group_id]
        server = _servers.pop(group.arn, None)
        if server is not None:
            server.stop()
        return group

    return delete


def _delete_cache_subnet_group(self: ElastiCacheResponse) -> ActionResult:
    name = self._get_param("CacheSubnetGroupName")
    if self.elasticache_backend.cache_subnet_groups.pop(name, None) is None:
        raise CacheSubnetGroupNotFound(name)
    return EmptyResult()
